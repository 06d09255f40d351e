import { diffProperties } from "../rpc/diff";
import { hasUnknown, UNKNOWN, type PropertyMap } from "../rpc/properties";
import type { ResourceIdentity, ResourceProvider } from "../rpc/provider";
import { serveProvider } from "../rpc/service";
import { RANDOM_KINDS, type RandomKind } from "./kinds";

const REMEDY = "install the official plugin: pulumi plugin install resource random";

/** The part of `@pulumi/random` that needs no plugin from elsewhere: passwords, strings, ids and UUIDs. */
export const randomProvider: ResourceProvider = {
  packageName: "random",
  sdkPackage: "@pulumi/random",

  async check(request) {
    const kind = kindOf(request);
    // An unknown length cannot be judged before it is known; the update checks again.
    const failure = hasUnknown(request.newInputs) ? undefined : kind.check(request.newInputs);
    return { inputs: request.newInputs, failures: failure === undefined ? [] : [failure] };
  },
  async diff({ oldInputs, newInputs }) {
    // A random value has no life of its own: whatever it was made from has changed, so it is made anew.
    return { changes: diffProperties(oldInputs, newInputs).map((change) => ({ ...change, replace: true })) };
  },
  async create(request) {
    const kind = kindOf(request);
    if (!request.preview) return kind.create(request.inputs);
    const unknown: PropertyMap = Object.fromEntries(kind.generated.map((output) => [output, UNKNOWN]));
    return { id: "", outputs: { ...request.inputs, ...unknown } };
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
  const kind = RANDOM_KINDS.get(type);
  if (kind !== undefined) return kind;
  const known = [...RANDOM_KINDS.keys()].map((token) => token.split(":").at(-1)).join(", ");
  throw new Error(`${name}: ${type.split(":").at(-1)} is not among what this random plugin makes (${known}); ${REMEDY}`);
}

export async function main(argv: readonly string[]): Promise<void> {
  await serveProvider(randomProvider, argv);
}
