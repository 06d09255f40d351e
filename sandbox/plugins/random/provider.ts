import { randomBytes, randomInt } from "node:crypto";
import { changedKeys, hasUnknown, type PropertyMap, secret } from "../rpc/properties";
import { remedy, type ResourceProvider, type ResourceRequest, type ResourceState } from "../rpc/provider";
import { serveProvider } from "../rpc/service";

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

/** The kinds that this plugin knows, each `random:index/random<Name>:Random<Name>`: id, and outputs beside the inputs. */
const KINDS: Readonly<Record<string, (inputs: PropertyMap) => ResourceState>> = {
  RandomPassword: (inputs) => {
    const { text, recipe } = randomText(inputs);
    return { id: "none", outputs: { ...recipe, result: secret(text) } };
  },
  RandomString: (inputs) => {
    const { text, recipe } = randomText(inputs);
    return { id: text, outputs: { ...recipe, result: text } };
  },
  RandomId: ({ byteLength, prefix }) => {
    const bytes = randomBytes(positive("byteLength", byteLength));
    const lead = typeof prefix === "string" ? prefix : "";
    const [b64Std, b64Url, hex] = (["base64", "base64url", "hex"] as const).map((it) => lead + bytes.toString(it));
    const dec = lead + BigInt(`0x${bytes.toString("hex")}`).toString();
    return { id: bytes.toString("base64url"), outputs: { b64Std, b64Url, dec, hex } as PropertyMap };
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

/** A text from the system's cryptographic random numbers. @throws Error naming the property that makes it impossible */
function randomText(inputs: PropertyMap) {
  const recipe = recipeOf(inputs);
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
  return { text: numbered.map(([, character]) => character).join(""), recipe: { ...recipe, number: recipe.numeric } };
}

function pick(characters: string, count: number): string[] {
  return Array.from({ length: count }, () => characters.charAt(randomInt(characters.length)));
}

function positive(property: string, value: unknown): number {
  if (Number.isInteger(value) && Number(value) >= 1) return Number(value);
  throw new Error(`${property} must be a whole number of at least 1`);
}

/** The part of `@pulumi/random` that the stack uses: passwords, strings and ids. */
export const randomProvider: ResourceProvider = {
  packageName: "random",

  diffConfig: () => ({ changed: [], replaced: [] }),
  async check(request) {
    const make = kindOf(request);
    // An unknown length cannot be judged before it is known; the update checks again.
    if (!hasUnknown(request.inputs)) make(request.inputs);
    return request.inputs;
  },
  diff({ oldInputs, inputs }) {
    // A random value belongs to its inputs: when these change it is replaced.
    const changed = changedKeys(oldInputs, inputs);
    return { changed, replaced: changed };
  },
  async create(request) {
    // What a preview leaves out is not known yet.
    const { id, outputs } = request.preview ? { id: "", outputs: {} } : kindOf(request)(request.inputs);
    return { id, outputs: { ...request.inputs, ...outputs } };
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

/** How a resource is made. */
function kindOf({ type }: ResourceRequest): (inputs: PropertyMap) => ResourceState {
  const [packageName, , kindName = ""] = type.split(":");
  const make = packageName === "random" && Object.hasOwn(KINDS, kindName) ? KINDS[kindName] : undefined;
  if (make !== undefined) return make;
  const known = Object.keys(KINDS).join(", ");
  throw new Error(`${kindName} is not among what this random plugin makes (${known}); ${remedy("random")}`);
}

export async function main(): Promise<void> {
  await serveProvider(randomProvider);
}
