import type { SettingKey } from "./schema";
import { mostSimilar } from "./similar";
import type { Violation } from "./violation";

/** What is wrong with a field's value; undefined when nothing is. */
export type FieldRule = (value: unknown) => string | undefined;

/** How an object is read that is the value of one key. */
export interface ObjectRules<T extends object> {
  readonly key: SettingKey;
  readonly fields: { readonly [field in keyof T & string]-?: FieldRule };
  /** The command that sets a field right. */
  readonly example: (field: keyof T & string) => string;
  /** The field to start with, for who gave no object at all. */
  readonly first: keyof T & string;
}

/** Reads an object field by field; `given` holds the fields that are there, and is undefined when any is wrong. */
export function readFields<T extends object>(
  text: string,
  { key, fields, example, first }: ObjectRules<T>,
): { readonly given: Partial<T> | undefined; readonly violations: readonly Violation[] } {
  const names = Object.keys(fields) as (keyof T & string)[];
  const given = parseObject<T>(text);
  if (given === undefined) {
    const reason = `"${text}" is not an object with the fields ${names.join(", ")}`;
    return { given: undefined, violations: [{ path: key, reason, remedy: `pulumi config rm ${key}, then ${example(first)}` }] };
  }
  const violations = Object.entries(given).flatMap(([name, value]): Violation[] => {
    const field = names.find((candidate) => candidate === name);
    if (field === undefined) {
      const meant = mostSimilar(name, names);
      const hint = meant === undefined ? `there are ${names.join(", ")}` : `did you mean ${meant}?`;
      const remedy = `pulumi config rm --path ${key}.${name}`;
      return [{ path: `${key}.${name}`, reason: `there is no such field; ${hint}`, remedy }];
    }
    const reason = fields[field](value);
    return reason === undefined ? [] : [{ path: `${key}.${field}`, reason, remedy: example(field) }];
  });
  return { given: violations.length > 0 ? undefined : given, violations };
}

function parseObject<T extends object>(text: string): Partial<T> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
