import { isList, isObject, secret, UNKNOWN, type PropertyMap, type PropertyValue } from "../rpc/properties";
import { groupKind, mapAt } from "./objects";

/** Where the state keeps the field manager that owns the object's fields; the official provider's key. */
export const FIELD_MANAGER = "__fieldManager";

/** What the engine keeps of a live object: whole but for the managed fields. */
export function outputsOf(live: PropertyMap, fieldManager: string): PropertyMap {
  const { managedFields: _, ...metadata } = mapAt(live, "metadata");
  return { ...withSecretData({ ...live, metadata }), [FIELD_MANAGER]: fieldManager };
}

/** A Secret's data is secret, also where the program did not mark it. */
export function withSecretData(object: PropertyMap): PropertyMap {
  return groupKind(object) === "/Secret" && object["data"] !== undefined ? { ...object, data: secret(object["data"]) } : object;
}

/**
 * Inputs with a Secret's `stringData` in `data`, encoded; as in the official plugin. Server-side apply does not know that
 * the one becomes the other: what leaves `stringData` would stay in `data` (kubernetes#108008).
 */
export function withEncodedData(inputs: PropertyMap): PropertyMap {
  const { stringData: texts, ...others } = inputs;
  if (texts === undefined || groupKind(inputs) !== "/Secret") return inputs;
  const { data = {} } = others;
  if (texts === UNKNOWN || data === UNKNOWN) return { ...others, data: UNKNOWN };
  if (!isObject(texts) || !isObject(data)) return inputs;
  const encode = (text: PropertyValue): PropertyValue =>
    typeof text === "string" && text !== UNKNOWN ? Buffer.from(text).toString("base64") : text;
  const encoded = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, encode(text)]));
  return { ...others, data: { ...data, ...encoded } };
}

/** The inputs as the cluster has them now, for a refresh: for each property that the program set, its live value. */
export function liveInputs(oldInputs: PropertyMap, live: PropertyMap): PropertyMap {
  return withSecretData(project(oldInputs, live) as PropertyMap);
}

function project(old: PropertyValue, live: PropertyValue | undefined): PropertyValue | undefined {
  // The API server leaves out what is empty: nothing has been lost.
  if (live === undefined) return isEmpty(old) ? old : undefined;
  if (isObject(old) && isObject(live)) {
    const projected = Object.entries(old).map(([key, value]) => [key, project(value, live[key])] as const);
    return Object.fromEntries(projected.filter((it): it is [string, PropertyValue] => it[1] !== undefined));
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
