import { isDeepStrictEqual } from "node:util";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** Marks an object as one of Pulumi's special values (sdk/v3, resource/properties.go). */
export const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
/** The signature of a secret: `{ [SIGNATURE_KEY]: SECRET_SIGNATURE, value }`. */
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
/** Stands for a value that is not known before the update. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A value as it crosses the wire: JSON, with unknowns in Pulumi's notation. */
export type PropertyValue = null | boolean | number | string | readonly PropertyValue[] | PropertyMap;
export interface PropertyMap {
  readonly [key: string]: PropertyValue;
}

/**
 * Values as plain JSON. Only a provider's configuration comes with secrets marked: the plugins do not accept them elsewhere,
 * and the engine itself marks what they answer wherever it knows a secret (sdk/v3 3.230.0, annotateSecrets).
 *
 * @throws Error naming the property that holds an asset, an archive or a resource: these plugins know none.
 */
export function fromStruct(struct: Struct | undefined): PropertyMap {
  return plain(struct?.toJavaScript() ?? {}) as PropertyMap;
}

/** A value without its marks. @param path where it is, for the error */
export function plain(value: PropertyValue, path: readonly (string | number)[] = []): PropertyValue {
  if (isList(value)) return value.map((item, index) => plain(item, [...path, index]));
  if (!isObject(value)) return value;
  if (value[SIGNATURE_KEY] === SECRET_SIGNATURE) return plain(value["value"] ?? null, path);
  if (SIGNATURE_KEY in value) {
    throw new Error(`${path.join(".")}: assets, archives and resource references are not supported; pass a string instead`);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, [...path, key])]));
}

/** Marks a value as secret that the program may not have marked. */
export function secret(value: PropertyValue): PropertyValue {
  return { [SIGNATURE_KEY]: SECRET_SIGNATURE, value };
}

export function isObject(value: PropertyValue | undefined): value is PropertyMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: PropertyValue | undefined): value is readonly PropertyValue[] {
  return Array.isArray(value);
}

/** The old value with the new one laid over it: what the new one does not name stays. */
export function overlay(old: PropertyValue | undefined, next: PropertyValue): PropertyValue {
  if (!isObject(old) || !isObject(next)) return next;
  const laid = Object.entries(next).map(([key, value]) => [key, overlay(old[key], value)] as const);
  return { ...old, ...Object.fromEntries(laid) };
}

/** The properties that differ between two objects. An unknown value differs from every known one. */
export function changedKeys(old: PropertyMap, next: PropertyMap): string[] {
  const keys = new Set([...Object.keys(next), ...Object.keys(old)]);
  return [...keys].filter((key) => !isDeepStrictEqual(old[key], next[key]));
}
