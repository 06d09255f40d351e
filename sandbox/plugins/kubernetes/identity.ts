import { createHash } from "node:crypto";
import type { Manifest } from "../../../lib/kubernetes/objects";
import { UNKNOWN, type PropertyMap } from "../rpc/properties";
import { remedy, type CheckRequest, type ResourceIdentity } from "../rpc/provider";
import { annotation, at, mapAt, textAt, withMetadata, type KubernetesObject, type ObjectRef } from "./objects";

/** Marks an object whose name was made here, so that a replacement may have another. As the official provider. */
export const AUTONAMED = "pulumi.com/autonamed";

/**
 * The apiVersion and kind of a type token, such as `kubernetes:apps/v1:Deployment`.
 *
 * @throws Error for what is no plain object: charts, YAML files, kustomizations, patches and lists
 */
export function kindOfType({ type, name }: ResourceIdentity): { readonly apiVersion: string; readonly kind: string } {
  const [, module = "", kind = ""] = type.split(":");
  const plain = /^[^/]+\/v\w+$/.test(module) && !/^(helm\.sh|yaml|kustomize)\//.test(module);
  if (!plain || /(Patch|List)$/.test(kind)) {
    const limit = "is not supported by this kubernetes plugin, which knows single objects only";
    throw new Error(`${name}: ${type} ${limit}; ${remedy("kubernetes")}`);
  }
  return { apiVersion: module.replace(/^core\//, ""), kind };
}

/** What names the object of inputs that were checked. */
export function refOf(inputs: KubernetesObject): ObjectRef {
  const { apiVersion, kind, metadata } = inputs as unknown as Manifest;
  return { apiVersion, kind, name: metadata.name, namespace: metadata.namespace };
}

/** `namespace/name`, or `name` for an object of the cluster; the official provider's ids. */
export function idOf({ namespace, name }: ObjectRef): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

export function isAutonamed(object: KubernetesObject): boolean {
  return annotation(object, AUTONAMED) === "true";
}

/**
 * The new inputs, with a name where they have none: the one that the object had, or a new one of the resource's name and
 * seven digits made from the engine's seed, so that preview and update agree.
 */
export function withName({ name, oldInputs, newInputs, randomSeed }: Omit<CheckRequest, "urn" | "type">): PropertyMap {
  if (at(newInputs, "metadata", "name") !== undefined || newInputs["metadata"] === UNKNOWN) return newInputs;
  const kept = isAutonamed(oldInputs) ? textAt(oldInputs, "metadata", "name") : undefined;
  const digits = createHash("sha256").update(randomSeed).update(name).digest("hex").slice(0, 7);
  const given = at(newInputs, "metadata", "annotations");
  const annotations = given === UNKNOWN ? given : { ...mapAt(given), [AUTONAMED]: "true" };
  return withMetadata(newInputs, { name: kept ?? `${name}-${digits}`, annotations });
}
