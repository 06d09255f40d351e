import {
  hasSecret,
  isList,
  isObject,
  isSecret,
  reveal,
  revealMap,
  secret,
  UNKNOWN,
  type PropertyMap,
  type PropertyValue,
} from "../rpc/properties";
import { at, groupKind, mapAt, textAt, withMetadata, type KubernetesObject } from "./objects";

/** Where the state keeps the field manager that owns the object's fields; the official provider's key. */
const FIELD_MANAGER = "__fieldManager";

/** What the engine keeps of a live object: whole but for the managed fields, with the secrets of the inputs secret. */
export function outputsOf(live: KubernetesObject, inputs: PropertyMap, fieldManager: string): PropertyMap {
  const { managedFields: _, ...metadata } = mapAt(live, "metadata");
  const outputs = markSecrets({ ...live, metadata }, inputs) as PropertyMap;
  return { ...withSecretData(outputs), [FIELD_MANAGER]: fieldManager };
}

/** A Secret's data is secret, also where the program did not mark it. */
function withSecretData(object: PropertyMap): PropertyMap {
  return groupKind(object) === "/Secret" && object["data"] !== undefined ? { ...object, data: secret(object["data"]) } : object;
}

/**
 * Inputs with a Secret's `stringData` in `data`, encoded and secret; as in the official plugin. Server-side apply does
 * not know that the one becomes the other: what leaves `stringData` would stay in `data` (kubernetes#108008).
 */
export function withEncodedData(inputs: PropertyMap): PropertyMap {
  const { stringData, ...others } = inputs;
  if (stringData === undefined || groupKind(inputs) !== "/Secret") return inputs;
  const { texts = null, data = {} } = revealMap({ ...others, texts: stringData });
  if (texts === UNKNOWN || data === UNKNOWN) return { ...others, data: secret(UNKNOWN) };
  if (!isObject(texts) || !isObject(data)) return inputs;
  const encode = (text: PropertyValue): PropertyValue =>
    typeof text === "string" && text !== UNKNOWN ? Buffer.from(text).toString("base64") : text;
  const encoded: PropertyMap = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, encode(text)]));
  return { ...others, data: secret({ ...data, ...encoded }) };
}

/** Marks as secret in `value` what is secret in `pattern`, at the same place. */
function markSecrets(value: PropertyValue, pattern: PropertyValue | undefined): PropertyValue {
  if (pattern === undefined || !hasSecret(pattern)) return value;
  if (isSecret(pattern)) return secret(value);
  if (isObject(value) && isObject(pattern)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, markSecrets(item, pattern[key])]));
  }
  if (isList(value) && isList(pattern)) return value.map((item, index) => markSecrets(item, pattern[index]));
  return value;
}

/**
 * The outputs that a preview may promise, from what the API server answered to a dry run: what it makes up anew on
 * every creation is not known yet.
 */
export function previewOutputs(dryRun: KubernetesObject, inputs: PropertyMap, fieldManager: string): PropertyMap {
  const chosen = ["clusterIP", "clusterIPs", "healthCheckNodePort", "volumeName"].filter(
    (field) => at(dryRun, "spec", field) !== undefined && at(inputs, "spec", field) === undefined,
  );
  const unknown = (fields: readonly string[]): PropertyMap => Object.fromEntries(fields.map((field) => [field, UNKNOWN]));
  const spec: PropertyMap = chosen.length === 0 ? {} : { spec: { ...mapAt(dryRun, "spec"), ...unknown(chosen) } };
  const made = withMetadata({ ...dryRun, ...spec, status: UNKNOWN }, unknown(["uid", "resourceVersion", "creationTimestamp"]));
  return outputsOf(made, inputs, fieldManager);
}

/**
 * The inputs as the cluster has them now, for a refresh: for each property that the program set, its live value. What
 * the program left out belongs to others.
 */
export function liveInputs(oldInputs: PropertyMap, live: KubernetesObject): PropertyMap {
  // Inputs of an earlier version may have `stringData`, which is write-only.
  return project(withEncodedData(oldInputs), live) as PropertyMap;
}

function project(old: PropertyValue, live: PropertyValue | undefined): PropertyValue | undefined {
  if (isSecret(old)) {
    const value = project(old.value, live);
    return value === undefined ? undefined : secret(value);
  }
  // The API server leaves out what is empty: nothing has been lost.
  if (live === undefined) return isEmpty(old) ? old : undefined;
  if (isObject(old) && isObject(live)) {
    return Object.fromEntries(
      Object.entries(old).flatMap(([key, value]) => {
        const projected = project(value, live[key]);
        return projected === undefined ? [] : [[key, projected]];
      }),
    );
  }
  if (isList(old) && isList(live) && old.length === live.length) {
    return old.map((item, index) => project(item, live[index]) ?? null);
  }
  return live;
}

function isEmpty(value: PropertyValue): boolean {
  if (isList(value)) return value.length === 0;
  if (isObject(value)) return Object.values(value).every(isEmpty);
  return value === null || value === "" || value === 0 || value === false;
}

/** Inputs for an object that is imported: everything but what the cluster itself writes. */
export function importedInputs(live: KubernetesObject): PropertyMap {
  const { status: _, ...object } = live;
  const metadata = mapAt(live, "metadata");
  const kept = ["name", "namespace", "labels", "annotations", "finalizers"].flatMap((key) =>
    metadata[key] === undefined ? [] : [[key, metadata[key]]],
  );
  return withSecretData({ ...object, metadata: Object.fromEntries(kept) as PropertyMap });
}

/** The field manager of an object: the one that made it, else one for this resource. */
export function fieldManagerOf(oldOutputs: PropertyMap, inputs: PropertyMap, fallback: string): string {
  return (
    textAt(inputs, "metadata", "annotations", "pulumi.com/patchFieldManager") ?? textAt(oldOutputs, FIELD_MANAGER) ?? fallback
  );
}

/** The object that is sent: the inputs, with nothing marked. */
export function objectOf(inputs: PropertyMap): KubernetesObject {
  return reveal(inputs) as KubernetesObject;
}
