import { randomBytes, randomUUID } from "node:crypto";
import { diffProperties, hasUnknown, type PropertyMap, type PropertyValue, revealMap, secret, UNKNOWN } from "../rpc/properties";
import type { CheckResult, ResourceIdentity, ResourceProvider, ResourceState } from "../rpc/provider";
import { serveProvider } from "../rpc/service";
import { DEFAULT_SPECIAL, impossibleRecipe, randomText, type TextRecipe } from "./text";

const REMEDY = "install the official plugin: pulumi plugin install resource random";

/** One kind of random resource. */
interface RandomKind {
  /** Undefined where the inputs can be used. */
  readonly fault?: (inputs: PropertyMap) => NonNullable<CheckResult["failures"]>[number] | undefined;
  /** Its id, and the outputs that only creation can tell. */
  readonly make: (inputs: PropertyMap) => ResourceState;
  /** Outputs that are the inputs, completed. */
  readonly completed?: (inputs: PropertyMap) => PropertyMap;
  readonly generated: readonly string[];
}

/** @param result how the text is shown, and what of it is the id */
function textKind(result: (text: string) => ResourceState): RandomKind {
  return {
    fault: (inputs) => impossibleRecipe(recipeOf(inputs)),
    make: (inputs) => result(randomText(recipeOf(inputs))),
    completed: (inputs) => ({ ...recipeOf(inputs), number: recipeOf(inputs).numeric }),
    generated: ["result"],
  };
}

/** The kinds that this plugin knows, each `random:index/random<Name>:Random<Name>`. */
const KINDS: Readonly<Record<string, RandomKind>> = {
  RandomPassword: textKind((text) => ({ id: "none", outputs: { result: secret(text) } })),
  RandomString: textKind((text) => ({ id: text, outputs: { result: text } })),
  RandomId: {
    fault: (inputs) => {
      const length = revealMap(inputs)["byteLength"];
      if (Number.isInteger(length) && Number(length) >= 1) return undefined;
      return { property: "byteLength", reason: "must be a whole number of at least 1" };
    },
    make: (inputs) => {
      const { byteLength, prefix } = revealMap(inputs);
      const bytes = randomBytes(Number(byteLength));
      const lead = typeof prefix === "string" ? prefix : "";
      const [b64Std, b64Url, hex] = (["base64", "base64url", "hex"] as const).map((it) => lead + bytes.toString(it));
      const dec = lead + BigInt(`0x${bytes.toString("hex")}`).toString();
      return { id: bytes.toString("base64url"), outputs: { b64Std, b64Url, dec, hex } as PropertyMap };
    },
    generated: ["b64Std", "b64Url", "dec", "hex"],
  },
  RandomUuid: {
    make: () => {
      const result = randomUUID();
      return { id: result, outputs: { result } };
    },
    generated: ["result"],
  },
};

function recipeOf(inputs: PropertyMap): TextRecipe {
  const plain = revealMap(inputs);
  const number = (value: PropertyValue | undefined): number => (typeof value === "number" ? value : 0);
  // Every kind of character is allowed unless it is switched off.
  const allowed = (value: PropertyValue | undefined): boolean => (typeof value === "boolean" ? value : true);
  return {
    length: number(plain["length"]),
    upper: allowed(plain["upper"]),
    lower: allowed(plain["lower"]),
    numeric: allowed(plain["numeric"] ?? plain["number"]),
    special: allowed(plain["special"]),
    minUpper: number(plain["minUpper"]),
    minLower: number(plain["minLower"]),
    minNumeric: number(plain["minNumeric"]),
    minSpecial: number(plain["minSpecial"]),
    overrideSpecial: typeof plain["overrideSpecial"] === "string" ? plain["overrideSpecial"] : DEFAULT_SPECIAL,
  };
}

/** The part of `@pulumi/random` that needs no plugin from elsewhere: passwords, strings, ids and UUIDs. */
export const randomProvider: ResourceProvider = {
  packageName: "random",

  async check(request) {
    const kind = kindOf(request);
    // An unknown length cannot be judged before it is known; the update checks again.
    const failure = hasUnknown(request.newInputs) ? undefined : kind.fault?.(request.newInputs);
    return { inputs: request.newInputs, failures: failure === undefined ? [] : [failure] };
  },
  async diff({ oldInputs, newInputs }) {
    // A random value belongs to its inputs: when these change it is replaced.
    return { changes: diffProperties(oldInputs, newInputs).map((change) => ({ ...change, replace: true })) };
  },
  async create(request) {
    const { inputs } = request;
    const { make, completed, generated } = kindOf(request);
    if (request.preview) return { id: "", outputs: { ...inputs, ...Object.fromEntries(generated.map((it) => [it, UNKNOWN])) } };
    const { id, outputs } = make(inputs);
    return { id, outputs: { ...inputs, ...completed?.(inputs), ...outputs } };
  },
  async read({ id, name, oldInputs, oldOutputs }) {
    // The state is the only place where a random value lives: a refresh finds what is there.
    if (oldInputs === undefined) throw new Error(`${name}: a random value cannot be imported by this plugin; ${REMEDY}`);
    return { id, inputs: oldInputs, outputs: oldOutputs };
  },
  async update({ oldOutputs }) {
    return oldOutputs;
  },
  async delete() {},
  async invoke(token) {
    throw new Error(`the function ${token} is not known to this random plugin; ${REMEDY}`);
  },
};

function kindOf({ type, name }: ResourceIdentity): RandomKind {
  const [packageName, , kindName = ""] = type.split(":");
  const kind = packageName === "random" && Object.hasOwn(KINDS, kindName) ? KINDS[kindName] : undefined;
  if (kind !== undefined) return kind;
  const known = Object.keys(KINDS).join(", ");
  throw new Error(`${name}: ${kindName} is not among what this random plugin makes (${known}); ${REMEDY}`);
}

export async function main(argv: readonly string[]): Promise<void> {
  await serveProvider(randomProvider, argv);
}
