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
  return plain(struct?.toJavaScript() ?? {}, []) as PropertyMap;
}

function plain(value: PropertyValue, path: PropertyChange["path"]): PropertyValue {
  if (isList(value)) return value.map((item, index) => plain(item, [...path, index]));
  if (!isObject(value)) return value;
  if (value[SIGNATURE_KEY] === SECRET_SIGNATURE) return plain(value["value"] ?? null, path);
  if (SIGNATURE_KEY in value) {
    throw new Error(`${formatPath(path)}: assets, archives and resource references are not supported; pass a string instead`);
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

/** Whether a value is unknown, or holds one that is. */
export function hasUnknown(value: PropertyValue | undefined): boolean {
  if (isList(value)) return value.some(hasUnknown);
  return value === UNKNOWN || (isObject(value) && Object.values(value).some(hasUnknown));
}

/** A property that differs between two objects: by its keys, and the indices of lists. */
export interface PropertyChange {
  readonly path: readonly (string | number)[];
  readonly kind: "ADD" | "DELETE" | "UPDATE";
}

/**
 * The leaves at which two values differ, in the order of the new value. An unknown value differs from every known one.
 * Lists are compared by index: a list that grows at its end is an addition.
 */
export function diffProperties(
  old: PropertyValue | undefined,
  next: PropertyValue | undefined,
  path: PropertyChange["path"] = [],
): PropertyChange[] {
  if (old === next) return [];
  if (isObject(old) && isObject(next)) {
    const own = (map: PropertyMap, key: string) => (Object.hasOwn(map, key) ? map[key] : undefined);
    const keys = [...new Set([...Object.keys(next), ...Object.keys(old)])];
    return keys.flatMap((key) => diffProperties(own(old, key), own(next, key), [...path, key]));
  }
  if (isList(old) && isList(next)) {
    const longer = old.length > next.length ? old : next;
    return longer.flatMap((_, index) => diffProperties(old[index], next[index], [...path, index]));
  }
  return [{ path, kind: old === undefined ? "ADD" : next === undefined ? "DELETE" : "UPDATE" }];
}

/** A path in Pulumi's notation: `spec.containers[0].image`, `metadata.annotations["pulumi.com/skipAwait"]`. */
export function formatPath(path: PropertyChange["path"]): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === "number") return `${text}[${segment}]`;
    if (!/^[\w$-]+$/.test(segment)) return `${text}[${JSON.stringify(segment)}]`;
    return text === "" ? segment : `${text}.${segment}`;
  }, "");
}
