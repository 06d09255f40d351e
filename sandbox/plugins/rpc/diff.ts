import { isList, isObject, isSecret, type PropertyMap, type PropertyValue } from "./properties";

/** A step into a property: a key of an object, or an index of a list. */
export type PathSegment = string | number;

/** One property that differs between two objects. */
export interface PropertyChange {
  readonly path: readonly PathSegment[];
  readonly kind: "add" | "delete" | "update";
}

/**
 * The leaves at which two values differ, in the order of the new value. Secrecy is not part of a value; an unknown value
 * differs from every known one. Lists are compared by index: a list that grows at its end is an addition.
 */
export function diffProperties(old: PropertyMap, next: PropertyMap): PropertyChange[] {
  return diffValues(old, next, []);
}

function diffValues(
  old: PropertyValue | undefined,
  next: PropertyValue | undefined,
  path: readonly PathSegment[],
): PropertyChange[] {
  if (isSecret(old)) return diffValues(old.value, next, path);
  if (isSecret(next)) return diffValues(old, next.value, path);
  if (old === next) return [];
  if (isObject(old) && isObject(next)) {
    const keys = [...new Set([...Object.keys(next), ...Object.keys(old)])];
    return keys.flatMap((key) => diffValues(own(old, key), own(next, key), [...path, key]));
  }
  if (isList(old) && isList(next)) {
    const indices = Array.from({ length: Math.max(old.length, next.length) }, (_, index) => index);
    return indices.flatMap((index) => diffValues(old[index], next[index], [...path, index]));
  }
  if (old === undefined) return [{ path, kind: "add" }];
  return [{ path, kind: next === undefined ? "delete" : "update" }];
}

function own(map: PropertyMap, key: string): PropertyValue | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** A path in Pulumi's notation: `spec.containers[0].image`, `metadata.annotations["pulumi.com/skipAwait"]`. */
export function formatPath(path: readonly PathSegment[]): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === "number") return `${text}[${segment}]`;
    if (!/^[\w$-]+$/.test(segment)) return `${text}[${JSON.stringify(segment)}]`;
    return text === "" ? segment : `${text}.${segment}`;
  }, "");
}
