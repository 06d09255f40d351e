import { randomBytes, randomInt } from "node:crypto";
import { main as serve, type Provider } from "@pulumi/pulumi/provider";
import { changedKeys, plain, type PropertyMap, secret, UNKNOWN } from "../rpc/properties";
import { exitWithEngine, remedy, sdkVersion } from "../rpc/server";

/** All that a value depends on, and the defaults; as in @pulumi/random 4.21, of which these are a part. */
const defaults = { length: 0, upper: true, lower: true, numeric: true, special: true, byteLength: 0, keepers: {} };

type Recipe = Readonly<typeof defaults>;

/** What the official plugin's state has of a text beside that, always at these values here. */
const minima = { minUpper: 0, minLower: 0, minNumeric: 0, minSpecial: 0 };

/** The kinds that this plugin knows, each `random:index/random<Name>:Random<Name>`: id, and outputs beside the inputs. */
const KINDS: Readonly<Record<string, (recipe: Recipe) => { readonly id: string; readonly outputs: PropertyMap }>> = {
  RandomPassword: (recipe) => ({ id: "none", outputs: { ...textRecipe(recipe), result: secret(randomText(recipe)) } }),
  RandomString: (recipe) => {
    const result = randomText(recipe);
    return { id: result, outputs: { ...textRecipe(recipe), result } };
  },
  RandomId: ({ byteLength }) => {
    const bytes = randomBytes(positive("byteLength", byteLength));
    const [b64Std, id, hex] = [bytes.toString("base64"), bytes.toString("base64url"), bytes.toString("hex")];
    return { id, outputs: { b64Std, b64Url: id, dec: BigInt(`0x${hex}`).toString(), hex } };
  },
};

function recipeOf(properties: PropertyMap): Recipe {
  const given = plain(properties) as PropertyMap;
  return Object.fromEntries(Object.entries(defaults).map(([key, otherwise]) => [key, given[key] ?? otherwise])) as Recipe;
}

function textRecipe({ byteLength, keepers, ...recipe }: Recipe): PropertyMap {
  // `number` is what `numeric` was called.
  return { ...recipe, ...minima, number: recipe.numeric };
}

/** A text from the system's cryptographic random numbers. @throws Error naming the property that makes it impossible */
function randomText(recipe: Recipe): string {
  const length = positive("length", recipe.length);
  const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const classes = { upper, lower: upper.toLowerCase(), numeric: "0123456789", special: "!@#$%&*()-_=+[]{}<>:?" };
  const allowed = Object.entries(classes).flatMap(([name, characters]) => (recipe[name as keyof Recipe] ? [...characters] : []));
  if (allowed.length === 0) throw new Error("no kind of character is allowed: set one of upper, lower, numeric, special");
  return Array.from({ length }, () => allowed[randomInt(allowed.length)]).join("");
}

function positive(property: string, value: unknown): number {
  if (Number.isInteger(value) && Number(value) >= 1) return Number(value);
  throw new Error(`${property} must be a whole number of at least 1`);
}

/** The part of `@pulumi/random` that the stack uses: passwords, strings and ids. A preview makes none. */
export const randomProvider = {
  version: sdkVersion("@pulumi/random"),

  async check(urn: string, _olds: PropertyMap, inputs: PropertyMap) {
    try {
      const make = kindOf(urn);
      const other = Object.keys(inputs).find((it) => !(it in defaults));
      if (other !== undefined) throw new Error(`this random plugin knows no ${other}; ${remedy("random")}`);
      // An unknown length cannot be judged before it is known; the update checks again.
      if (!Object.values(inputs).includes(UNKNOWN)) make(recipeOf(inputs));
      return { inputs };
    } catch (error) {
      return { failures: [{ property: "", reason: (error as Error).message }] };
    }
  },
  async diff(_id: string, _urn: string, olds: PropertyMap, inputs: PropertyMap) {
    // A random value belongs to its inputs: when these change it is replaced.
    const replaces = changedKeys(recipeOf(olds), recipeOf(inputs));
    return { changes: replaces.length > 0, replaces };
  },
  async create(urn: string, inputs: PropertyMap) {
    const { id, outputs } = kindOf(urn)(recipeOf(inputs));
    return { id, outs: { ...inputs, ...outputs } };
  },
  async read(id: string, urn: string, props: PropertyMap) {
    // The state is the only place where a random value lives: a refresh finds what is there.
    if (Object.keys(props).length > 0) return { id, props };
    throw new Error(`${urn}: what the stack did not make cannot be read by this plugin; ${remedy("random")}`);
  },
} satisfies Provider;

function kindOf(urn: string): (typeof KINDS)[string] {
  // `urn:pulumi:dev::project::parent$random:index/randomId:RandomId::name`
  const name = urn.split("::")[2]?.split(":").at(-1) ?? "";
  const make = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (make !== undefined) return make;
  const known = Object.keys(KINDS).join(", ");
  throw new Error(`${name} is not among what this random plugin makes (${known}); ${remedy("random")}`);
}

export async function main(argv: string[]): Promise<void> {
  exitWithEngine();
  await serve(randomProvider, argv);
}
