import type { Violation } from "./parsers";
import { hintAt } from "./similar";

/** Reads an object from its JSON. */
export type ObjectParser<T> = (text: string) => { readonly value: T } | { readonly violations: readonly Violation[] };

/** One field of an object: what is wrong with a value, if anything, and the command that sets a good one. */
export interface Field {
  readonly wrong: (value: unknown) => string | undefined;
  readonly remedy: string;
}

export const trueOrFalse: Field["wrong"] = (value) =>
  typeof value === "boolean" ? undefined : `${JSON.stringify(value)} is not true or false`;

/** An object that is the value of one key. */
export interface ObjectRules<T extends object> {
  readonly key: string;
  /** The remedy of the first one is shown when the value is not an object. */
  readonly fields: { readonly [field in keyof T & string]-?: Field };
  /** Values of the fields that are left out. */
  readonly defaults: T;
  /** What is wrong with fields that are good by themselves. */
  readonly together?: (value: T) => readonly Violation[];
}

/** Reads an object field by field and lists everything that is wrong with it. */
export function objectOf<T extends object>({ key, fields, defaults, together }: ObjectRules<T>): ObjectParser<T> {
  const known = new Map<string, Field>(Object.entries(fields));
  const names = [...known.keys()];
  return (text) => {
    const given = parseObject<T>(text);
    if (given === undefined) {
      const reason = `"${text}" is not an object with the fields ${names.join(", ")}`;
      return {
        violations: [{ path: key, reason, remedy: `pulumi config rm ${key}, then ${known.get(names[0] ?? "")?.remedy}` }],
      };
    }
    const wrong = Object.entries(given).flatMap(([name, value]): Violation[] => {
      const path = `${key}.${name}`;
      const field = known.get(name);
      if (field === undefined) {
        const reason = `there is no such field; ${hintAt(name, names)}`;
        return [{ path, reason, remedy: `pulumi config rm --path ${path}` }];
      }
      const reason = field.wrong(value);
      return reason === undefined ? [] : [{ path, reason, remedy: field.remedy }];
    });
    const value = { ...defaults, ...given };
    const violations = wrong.length > 0 ? wrong : (together?.(value) ?? []);
    return violations.length > 0 ? { violations } : { value };
  };
}

function parseObject<T extends object>(text: string): Partial<T> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
