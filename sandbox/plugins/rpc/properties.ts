import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** Marks an object as one of Pulumi's special values (sdk/v3, resource/properties.go). */
export const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
/** The signature of a secret: `{ [SIGNATURE_KEY]: SECRET_SIGNATURE, value }`. */
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
/** Stands for a value that is not known before the update. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A value as it crosses the wire: JSON, with secrets and unknowns in Pulumi's notation. */
export type PropertyValue = null | boolean | number | string | readonly PropertyValue[] | PropertyMap;
export interface PropertyMap {
  readonly [key: string]: PropertyValue;
}

/** @throws Error naming the property that holds an asset, an archive or a resource: these plugins know none. */
export function fromStruct(struct: Struct | undefined): PropertyMap {
  const map = struct?.toJavaScript() ?? {};
  rejectSpecialValues(map, "");
  return map;
}

export function toStruct(map: PropertyMap): Struct {
  return Struct.fromJavaScript(map);
}

export function isObject(value: PropertyValue | undefined): value is PropertyMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: PropertyValue | undefined): value is readonly PropertyValue[] {
  return Array.isArray(value);
}

export function isSecret(value: PropertyValue | undefined): value is { readonly value: PropertyValue } {
  return isObject(value) && value[SIGNATURE_KEY] === SECRET_SIGNATURE;
}

/** Marks a value secret; a secret stays as it is. */
export function secret(value: PropertyValue): PropertyValue {
  return isSecret(value) ? value : { [SIGNATURE_KEY]: SECRET_SIGNATURE, value };
}

/** The same value without any mark of secrecy, at any depth. */
export function reveal(value: PropertyValue): PropertyValue {
  if (isSecret(value)) return reveal(value.value);
  if (isList(value)) return value.map(reveal);
  return isObject(value) ? revealMap(value) : value;
}

/** {@link reveal} for an object. */
export function revealMap(map: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, reveal(value)]));
}

/** Whether a value is unknown, or holds one that is. */
export function hasUnknown(value: PropertyValue): boolean {
  return value === UNKNOWN || parts(value).some(hasUnknown);
}

/** Whether a value is secret, or holds one that is. */
export function hasSecret(value: PropertyValue): boolean {
  return isSecret(value) || parts(value).some(hasSecret);
}

function parts(value: PropertyValue): readonly PropertyValue[] {
  return isList(value) ? value : isObject(value) ? Object.values(value) : [];
}

function rejectSpecialValues(value: PropertyValue, path: string): void {
  if (isList(value)) value.forEach((item, index) => rejectSpecialValues(item, `${path}[${index}]`));
  if (!isObject(value)) return;
  if (SIGNATURE_KEY in value && !isSecret(value)) {
    throw new Error(`${path}: assets, archives and resource references are not supported; pass a string instead`);
  }
  for (const [key, item] of Object.entries(value)) rejectSpecialValues(item, path === "" ? key : `${path}.${key}`);
}

/** A property that differs between two objects: by its keys, and the indices of lists. */
export interface PropertyChange {
  readonly path: readonly (string | number)[];
  readonly kind: "add" | "delete" | "update";
}

/**
 * The leaves at which two values differ, in the order of the new value. Secrecy is not part of a value; an unknown value
 * differs from every known one. Lists are compared by index: a list that grows at its end is an addition.
 */
export function diffProperties(old: PropertyMap, next: PropertyMap): PropertyChange[] {
  return diffValues(old, next, []);
}

type Maybe = PropertyValue | undefined;

function diffValues(old: Maybe, next: Maybe, path: PropertyChange["path"]): PropertyChange[] {
  if (isSecret(old)) return diffValues(old.value, next, path);
  if (isSecret(next)) return diffValues(old, next.value, path);
  if (old === next) return [];
  if (isObject(old) && isObject(next)) {
    const own = (map: PropertyMap, key: string): Maybe => (Object.hasOwn(map, key) ? map[key] : undefined);
    const keys = [...new Set([...Object.keys(next), ...Object.keys(old)])];
    return keys.flatMap((key) => diffValues(own(old, key), own(next, key), [...path, key]));
  }
  if (isList(old) && isList(next)) {
    const longer = old.length > next.length ? old : next;
    return longer.flatMap((_, index) => diffValues(old[index], next[index], [...path, index]));
  }
  return [{ path, kind: old === undefined ? "add" : next === undefined ? "delete" : "update" }];
}

/** A path in Pulumi's notation: `spec.containers[0].image`, `metadata.annotations["pulumi.com/skipAwait"]`. */
export function formatPath(path: PropertyChange["path"]): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === "number") return `${text}[${segment}]`;
    if (!/^[\w$-]+$/.test(segment)) return `${text}[${JSON.stringify(segment)}]`;
    return text === "" ? segment : `${text}.${segment}`;
  }, "");
}
