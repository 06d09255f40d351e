import { randomBytes, randomInt } from "node:crypto";
import { main as serve, type Provider } from "@pulumi/pulumi/provider";
import { changedKeys, hasUnknown, plain, type PropertyMap, secret } from "../rpc/properties";
import { exitWithEngine, remedy, sdkVersion } from "../rpc/server";

/** What a text is made of, and the defaults; as in @pulumi/random 4.21. */
const ofText = {
  length: 0,
  upper: true,
  lower: true,
  numeric: true,
  special: true,
  minUpper: 0,
  minLower: 0,
  minNumeric: 0,
  minSpecial: 0,
  /** The special characters to choose from. */
  overrideSpecial: "!@#$%&*()-_=+[]{}<>:?",
};

/** All that a value depends on. */
const defaults = { ...ofText, byteLength: 0, prefix: "", keepers: {} };

type Recipe = Readonly<typeof defaults>;

/** The kinds that this plugin knows, each `random:index/random<Name>:Random<Name>`: id, and outputs beside the inputs. */
const KINDS: Readonly<Record<string, (recipe: Recipe) => { readonly id: string; readonly outputs: PropertyMap }>> = {
  RandomPassword: (recipe) => ({ id: "none", outputs: { ...textRecipe(recipe), result: secret(randomText(recipe)) } }),
  RandomString: (recipe) => {
    const result = randomText(recipe);
    return { id: result, outputs: { ...textRecipe(recipe), result } };
  },
  RandomId: ({ byteLength, prefix }) => {
    const bytes = randomBytes(positive("byteLength", byteLength));
    const [b64Std, b64Url, hex] = (["base64", "base64url", "hex"] as const).map((it) => prefix + bytes.toString(it));
    const dec = prefix + BigInt(`0x${bytes.toString("hex")}`).toString();
    return { id: bytes.toString("base64url"), outputs: { b64Std, b64Url, dec, hex } as PropertyMap };
  },
};

/** `number` is what `numeric` was called. */
function recipeOf(properties: PropertyMap): Recipe {
  const { number, ...given } = plain(properties) as PropertyMap;
  const all: PropertyMap = { numeric: number ?? true, ...given };
  return Object.fromEntries(Object.entries(defaults).map(([key, otherwise]) => [key, all[key] ?? otherwise])) as Recipe;
}

function textRecipe({ byteLength, prefix, keepers, ...recipe }: Recipe): PropertyMap {
  return { ...recipe, number: recipe.numeric };
}

/** A text from the system's cryptographic random numbers. @throws Error naming the property that makes it impossible */
function randomText(recipe: Recipe): string {
  const length = positive("length", recipe.length);
  const classes = [
    { characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", enabled: recipe.upper, minimum: recipe.minUpper },
    { characters: "abcdefghijklmnopqrstuvwxyz", enabled: recipe.lower, minimum: recipe.minLower },
    { characters: "0123456789", enabled: recipe.numeric, minimum: recipe.minNumeric },
    { characters: recipe.overrideSpecial, enabled: recipe.special, minimum: recipe.minSpecial },
  ];
  const allowed = classes.map(({ enabled, characters }) => (enabled ? characters : "")).join("");
  if (allowed === "") throw new Error("no kind of character is allowed: set one of upper, lower, numeric, special");
  const required = classes.flatMap(({ characters, minimum }) => pick(characters, minimum));
  if (length < required.length) throw new Error(`length is ${length}, but the min… properties ask for ${required.length}`);
  const chosen = [...required, ...pick(allowed, length - required.length)];
  // In the order of random numbers: every order is as likely.
  const numbered = chosen.map((character) => [randomInt(2 ** 47), character] as const).sort(([a], [b]) => a - b);
  return numbered.map(([, character]) => character).join("");
}

function pick(characters: string, count: number): string[] {
  return Array.from({ length: count }, () => characters.charAt(randomInt(characters.length)));
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
      // An unknown length cannot be judged before it is known; the update checks again.
      if (!hasUnknown(inputs)) make(recipeOf(inputs));
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
