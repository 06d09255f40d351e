import { groupOf, type Manifest, type ObjectRef } from "../../../lib/kubernetes/objects";
import { isObject, type PropertyMap, type PropertyValue } from "../rpc/properties";
import { remedy } from "../rpc/server";

/** `Deployment plano-demo/plano`, as errors and progress name an object. */
export function describe({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** `apps/Deployment`; `/Pod` of the core group. */
export function groupKind(object: PropertyMap): string {
  return `${groupOf(textAt(object, "apiVersion") ?? "")}/${textAt(object, "kind") ?? ""}`;
}

/** The value under a path of keys; undefined where any step is missing. */
export function at(value: PropertyValue | undefined, ...path: readonly string[]): PropertyValue | undefined {
  return path.reduce((current, step) => (isObject(current) && Object.hasOwn(current, step) ? current[step] : undefined), value);
}

export function textAt(value: PropertyValue | undefined, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === "string" ? found : undefined;
}

export function mapAt(value: PropertyValue | undefined, ...path: readonly string[]): PropertyMap {
  const found = at(value, ...path);
  return isObject(found) ? found : {};
}

export function annotation(object: PropertyMap, key: string): string | undefined {
  return textAt(object, "metadata", "annotations", key);
}

/** The apiVersion and kind of a type token such as `kubernetes:apps/v1:Deployment`. @throws Error for what is no plain object */
export function kindOfType(type: string) {
  const [, module = "", kind = ""] = type.split(":");
  const plain = /^[^/]+\/v\w+$/.test(module) && !/^(helm\.sh|yaml|kustomize)\//.test(module);
  if (!plain || /(Patch|List)$/.test(kind)) {
    const limit = "is not supported by this kubernetes plugin, which knows single objects only";
    throw new Error(`${type} ${limit}; ${remedy("kubernetes")}`);
  }
  return { apiVersion: module.replace(/^core\//, ""), kind };
}

/** What names the object of inputs that were checked. */
export function refOf(inputs: PropertyMap): ObjectRef {
  const { apiVersion, kind, metadata } = inputs as unknown as Manifest;
  return { apiVersion, kind, name: metadata.name, namespace: metadata.namespace };
}

/** `namespace/name`, or `name` for an object of the cluster; the official provider's ids. */
export function idOf({ namespace, name }: ObjectRef): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
