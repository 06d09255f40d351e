import { randomBytes, randomInt } from "node:crypto";
import { diffProperties, hasUnknown, type PropertyMap, secret, UNKNOWN } from "../rpc/properties";
import { type CheckResult, remedy, type ResourceIdentity, type ResourceProvider, type ResourceState } from "../rpc/provider";
import { serveProvider } from "../rpc/service";

type Failure = NonNullable<CheckResult["failures"]>[number];

/** One kind of random resource. */
interface RandomKind {
  /** Undefined where the inputs can be used. */
  readonly fault: (inputs: PropertyMap) => Failure | undefined;
  /** Its id, and its outputs beside the inputs. */
  readonly make: (inputs: PropertyMap) => ResourceState;
  /** The outputs that only creation can tell. */
  readonly generated: readonly string[];
}

/** What a text is made of, and the defaults; as in @pulumi/random 4.21. */
const defaults = {
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
type TextRecipe = Readonly<typeof defaults>;

/** @param result how the text is shown, and what of it is the id */
function textKind(result: (text: string) => ResourceState): RandomKind {
  return {
    fault: (inputs) => impossibleRecipe(recipeOf(inputs)),
    make: (inputs) => {
      const recipe = recipeOf(inputs);
      const { id, outputs } = result(randomText(recipe));
      return { id, outputs: { ...recipe, number: recipe.numeric, ...outputs } };
    },
    generated: ["result"],
  };
}

/** The kinds that this plugin knows, each `random:index/random<Name>:Random<Name>`. */
const KINDS: Readonly<Record<string, RandomKind>> = {
  RandomPassword: textKind((text) => ({ id: "none", outputs: { result: secret(text) } })),
  RandomString: textKind((text) => ({ id: text, outputs: { result: text } })),
  RandomId: {
    fault: ({ byteLength }) => {
      if (Number.isInteger(byteLength) && Number(byteLength) >= 1) return undefined;
      return { property: "byteLength", reason: "must be a whole number of at least 1" };
    },
    make: ({ byteLength, prefix }) => {
      const bytes = randomBytes(Number(byteLength));
      const lead = typeof prefix === "string" ? prefix : "";
      const [b64Std, b64Url, hex] = (["base64", "base64url", "hex"] as const).map((it) => lead + bytes.toString(it));
      const dec = lead + BigInt(`0x${bytes.toString("hex")}`).toString();
      return { id: bytes.toString("base64url"), outputs: { b64Std, b64Url, dec, hex } as PropertyMap };
    },
    generated: ["b64Std", "b64Url", "dec", "hex"],
  },
};

/** `number` is what `numeric` was called. */
function recipeOf({ number, ...inputs }: PropertyMap): TextRecipe {
  const given: PropertyMap = { numeric: number ?? true, ...inputs };
  const recipe = Object.entries(defaults).map(([key, otherwise]) => [
    key,
    typeof given[key] === typeof otherwise ? given[key] : otherwise,
  ]);
  return Object.fromEntries(recipe) as TextRecipe;
}

/** The kinds of characters that a recipe knows. */
function classesOf(recipe: TextRecipe) {
  return [
    { characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", enabled: recipe.upper, minimum: recipe.minUpper },
    { characters: "abcdefghijklmnopqrstuvwxyz", enabled: recipe.lower, minimum: recipe.minLower },
    { characters: "0123456789", enabled: recipe.numeric, minimum: recipe.minNumeric },
    { characters: recipe.overrideSpecial, enabled: recipe.special, minimum: recipe.minSpecial },
  ];
}

/** Why a text cannot be made by this recipe; undefined where it can. */
function impossibleRecipe(recipe: TextRecipe): Failure | undefined {
  const classes = classesOf(recipe);
  const minimum = classes.reduce((sum, one) => sum + one.minimum, 0);
  if (!Number.isInteger(recipe.length) || recipe.length < 1)
    return { property: "length", reason: "must be a whole number of at least 1" };
  if (recipe.length < minimum)
    return { property: "length", reason: `is ${recipe.length}, but the min… properties ask for ${minimum}` };
  if (!classes.some(({ enabled, characters }) => enabled && characters !== ""))
    return { property: "lower", reason: "no kind of character is allowed: set one of upper, lower, numeric, special" };
  return undefined;
}

/** A text by the recipe, from the system's cryptographic random numbers. */
function randomText(recipe: TextRecipe): string {
  const classes = classesOf(recipe);
  const allowed = classes.map(({ enabled, characters }) => (enabled ? characters : "")).join("");
  const required = classes.flatMap(({ characters, minimum }) => pick(characters, minimum));
  const chosen = [...required, ...pick(allowed, recipe.length - required.length)];
  // In the order of random numbers: every order is as likely.
  const numbered = chosen.map((character) => [randomInt(2 ** 47), character] as const).sort(([a], [b]) => a - b);
  return numbered.map(([, character]) => character).join("");
}

function pick(characters: string, count: number): string[] {
  return Array.from({ length: count }, () => characters.charAt(randomInt(characters.length)));
}

/** The part of `@pulumi/random` that the stack uses: passwords, strings and ids. */
export const randomProvider: ResourceProvider = {
  packageName: "random",

  async check(request) {
    const { fault } = kindOf(request);
    // An unknown length cannot be judged before it is known; the update checks again.
    const failure = hasUnknown(request.newInputs) ? undefined : fault(request.newInputs);
    return { inputs: request.newInputs, failures: failure && [failure] };
  },
  async diff({ oldInputs, newInputs }) {
    // A random value belongs to its inputs: when these change it is replaced.
    return { changes: diffProperties(oldInputs, newInputs).map((change) => ({ ...change, replace: true })) };
  },
  async create(request) {
    const { inputs } = request;
    const { make, generated } = kindOf(request);
    if (request.preview) return { id: "", outputs: { ...inputs, ...Object.fromEntries(generated.map((it) => [it, UNKNOWN])) } };
    const { id, outputs } = make(inputs);
    return { id, outputs: { ...inputs, ...outputs } };
  },
  async read({ id, oldInputs, oldOutputs }) {
    // The state is the only place where a random value lives: a refresh finds what is there.
    return { id, inputs: oldInputs, outputs: oldOutputs };
  },
  async update({ oldOutputs }) {
    return oldOutputs;
  },
  async delete() {},
};

function kindOf({ type, name }: ResourceIdentity): RandomKind {
  const [packageName, , kindName = ""] = type.split(":");
  const kind = packageName === "random" && Object.hasOwn(KINDS, kindName) ? KINDS[kindName] : undefined;
  if (kind !== undefined) return kind;
  const known = Object.keys(KINDS).join(", ");
  throw new Error(`${name}: ${kindName} is not among what this random plugin makes (${known}); ${remedy("random")}`);
}

export async function main(): Promise<void> {
  await serveProvider(randomProvider);
}
