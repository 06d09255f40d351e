import { groupOf, type ObjectRef } from "../../../lib/kubernetes/objects";
export { groupOf, type ObjectRef };
import { isList, isObject, type PropertyMap, type PropertyValue } from "../rpc/properties";

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

/** The number under a path; `otherwise` where there is none. Kubernetes leaves out counters that are zero. */
export function numberAt(value: PropertyValue | undefined, path: readonly string[], otherwise = 0): number {
  const found = at(value, ...path);
  return typeof found === "number" ? found : otherwise;
}

export function listAt(value: PropertyValue | undefined, ...path: readonly string[]): readonly PropertyValue[] {
  const found = at(value, ...path);
  return isList(found) ? found : [];
}

export function mapAt(value: PropertyValue | undefined, ...path: readonly string[]): PropertyMap {
  const found = at(value, ...path);
  return isObject(found) ? found : {};
}

/** A value in words: text as it is, all else as JSON. */
export function inWords(value: PropertyValue | undefined): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** What a condition says of itself: its message, or else its reason. */
export function sayingOf(said: PropertyMap): string {
  return textAt(said, "message") ?? textAt(said, "reason") ?? "without a reason";
}

export function annotation(object: KubernetesObject, key: string): string | undefined {
  return textAt(object, "metadata", "annotations", key);
}

/** A condition of `status.conditions` by its type. */
export function condition(object: KubernetesObject, type: string): PropertyMap | undefined {
  return listAt(object, "status", "conditions")
    .filter(isObject)
    .find((one) => one["type"] === type);
}

/** The same object with a value set under `metadata`. */
export function withMetadata(object: KubernetesObject, entries: PropertyMap): KubernetesObject {
  return { ...object, metadata: { ...mapAt(object, "metadata"), ...entries } };
}
