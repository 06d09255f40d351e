import { groupOf, type ObjectRef } from "../../../lib/kubernetes/objects";
export { groupOf, type ObjectRef };
import { isObject, type PropertyMap, type PropertyValue } from "../rpc/properties";

/** A Kubernetes object as JSON, whole: nothing that a client library does not know is lost. */
export type KubernetesObject = PropertyMap;

/** `Deployment plano-demo/plano`, as errors and progress name an object. */
export function describe({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** `apps/Deployment`; `/Pod` of the core group. */
export function groupKind(object: KubernetesObject): string {
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

export function annotation(object: KubernetesObject, key: string): string | undefined {
  return textAt(object, "metadata", "annotations", key);
}

/** The same object with a value set under `metadata`. */
export function withMetadata(object: KubernetesObject, entries: PropertyMap): KubernetesObject {
  return { ...object, metadata: { ...mapAt(object, "metadata"), ...entries } };
}
