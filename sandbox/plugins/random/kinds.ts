import { randomBytes, randomUUID } from "node:crypto";
import { revealMap, secret, type PropertyMap, type PropertyValue } from "../rpc/properties";
import type { CheckFailure, ResourceState } from "../rpc/provider";
import { DEFAULT_SPECIAL, impossibleRecipe, randomText, type TextRecipe } from "./generate";

/** One kind of random resource. */
export interface RandomKind {
  /** Undefined where the inputs can be used. */
  check(inputs: PropertyMap): CheckFailure | undefined;
  create(inputs: PropertyMap): ResourceState;
  /** The outputs that only creation can tell. */
  readonly generated: readonly string[];
}

const password: RandomKind = {
  check: (inputs) => impossibleRecipe(recipeOf(inputs)),
  create: (inputs) => {
    const recipe = recipeOf(inputs);
    return { id: "none", outputs: { ...inputs, ...recipe, number: recipe.numeric, result: secret(randomText(recipe)) } };
  },
  generated: ["result"],
};

const string: RandomKind = {
  check: (inputs) => impossibleRecipe(recipeOf(inputs)),
  create: (inputs) => {
    const recipe = recipeOf(inputs);
    const result = randomText(recipe);
    return { id: result, outputs: { ...inputs, ...recipe, number: recipe.numeric, result } };
  },
  generated: ["result"],
};

const id: RandomKind = {
  check: (inputs) => {
    const length = revealMap(inputs)["byteLength"];
    const valid = typeof length === "number" && Number.isInteger(length) && length >= 1;
    return valid ? undefined : { property: "byteLength", reason: "must be a whole number of at least 1" };
  },
  create: (inputs) => {
    const { byteLength, prefix } = revealMap(inputs);
    const bytes = randomBytes(Number(byteLength));
    const lead = typeof prefix === "string" ? prefix : "";
    return {
      id: bytes.toString("base64url"),
      outputs: {
        ...inputs,
        b64Std: lead + bytes.toString("base64"),
        b64Url: lead + bytes.toString("base64url"),
        dec: lead + BigInt(`0x${bytes.toString("hex")}`).toString(),
        hex: lead + bytes.toString("hex"),
      },
    };
  },
  generated: ["b64Std", "b64Url", "dec", "hex"],
};

const uuid: RandomKind = {
  check: () => undefined,
  create: (inputs) => {
    const result = randomUUID();
    return { id: result, outputs: { ...inputs, result } };
  },
  generated: ["result"],
};

/** The kinds that this plugin knows, by type token. */
export const RANDOM_KINDS: ReadonlyMap<string, RandomKind> = new Map([
  ["random:index/randomPassword:RandomPassword", password],
  ["random:index/randomString:RandomString", string],
  ["random:index/randomId:RandomId", id],
  ["random:index/randomUuid:RandomUuid", uuid],
]);

function recipeOf(inputs: PropertyMap): TextRecipe {
  const plain = revealMap(inputs);
  return {
    length: number(plain["length"], 0),
    upper: boolean(plain["upper"]),
    lower: boolean(plain["lower"]),
    numeric: boolean(plain["numeric"] ?? plain["number"]),
    special: boolean(plain["special"]),
    minUpper: number(plain["minUpper"], 0),
    minLower: number(plain["minLower"], 0),
    minNumeric: number(plain["minNumeric"], 0),
    minSpecial: number(plain["minSpecial"], 0),
    overrideSpecial: typeof plain["overrideSpecial"] === "string" ? plain["overrideSpecial"] : DEFAULT_SPECIAL,
  };
}

function number(value: PropertyValue | undefined, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

/** Every kind of character is allowed unless it is switched off. */
function boolean(value: PropertyValue | undefined): boolean {
  return typeof value === "boolean" ? value : true;
}
