import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** Marks an object as one of Pulumi's special values (sdk/v3, resource/properties.go). */
export const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
/** The signature of a secret: `{ [SIGNATURE_KEY]: SECRET_SIGNATURE, value }`. */
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
/** Stands for a value that is not known before the update. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A value as it crosses the wire: JSON, with secrets and unknowns in Pulumi's notation. */
export type PropertyValue = null | boolean | number | string | readonly PropertyValue[] | PropertyMap;
/** An object of such values. */
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
  if (isObject(value)) return revealMap(value);
  return value;
}

/** {@link reveal} for an object. */
export function revealMap(map: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, reveal(value)]));
}

/** Whether a value is unknown, or holds one that is. */
export function hasUnknown(value: PropertyValue): boolean {
  if (value === UNKNOWN) return true;
  if (isList(value)) return value.some(hasUnknown);
  return isObject(value) && Object.values(value).some(hasUnknown);
}

/** Whether a value is secret, or holds one that is. */
export function hasSecret(value: PropertyValue): boolean {
  if (isSecret(value)) return true;
  if (isList(value)) return value.some(hasSecret);
  return isObject(value) && Object.values(value).some(hasSecret);
}

function rejectSpecialValues(value: PropertyValue, path: string): void {
  if (isList(value)) value.forEach((item, index) => rejectSpecialValues(item, `${path}[${index}]`));
  if (!isObject(value)) return;
  if (SIGNATURE_KEY in value && !isSecret(value)) {
    throw new Error(`${path}: assets, archives and resource references are not supported; pass a string instead`);
  }
  for (const [key, item] of Object.entries(value)) rejectSpecialValues(item, path === "" ? key : `${path}.${key}`);
}
