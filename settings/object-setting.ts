import { hintAt, jsonOf, type Parser, type Violation } from "./parsers";

/** Reads an object from its JSON. */
export type ObjectParser<T> = (text: string) => { readonly value: T } | { readonly violations: readonly Violation[] };

/** One field of an object. */
export interface Field {
  /** Reads its text; of anything but a string, the JSON. */
  readonly parse: Parser<unknown> | ObjectParser<unknown>;
  /** A good value, as a command sets it. Default: a wrong one is best removed. */
  readonly example?: string;
}

/** An object that is the value of one key. */
export interface ObjectRules<T extends object> {
  readonly key: string;
  /** The first one is what to begin with when the value is not an object. */
  readonly fields: { readonly [field in keyof T & string]-?: Field };
  /** Values of the fields that are left out. */
  readonly defaults: T;
  /** What is wrong with fields that are good by themselves. */
  readonly together?: (value: T) => readonly Violation[];
}

/** The command that gives a field of an object a good value. */
export function fieldRemedy(path: string, example: string | undefined): string {
  return example === undefined ? `pulumi config rm --path ${path}` : `pulumi config set --path ${path} ${example}`;
}

/** Reads an object field by field and lists everything that is wrong with it. */
export function objectOf<T extends object>({ key, fields, defaults, together }: ObjectRules<T>): ObjectParser<T> {
  const known = new Map<string, Field>(Object.entries(fields));
  const names = [...known.keys()];
  return (text) => {
    const given = jsonOf(text);
    if (typeof given !== "object" || given === null || Array.isArray(given)) {
      const reason = `"${text}" is not an object with the fields ${names.join(", ")}`;
      const [first = ""] = names;
      const begin = fieldRemedy(`${key}.${first}`, known.get(first)?.example);
      return { violations: [{ path: key, reason, remedy: `pulumi config rm ${key}, then ${begin}` }] };
    }
    const violations: Violation[] = [];
    const values = new Map<string, unknown>(Object.entries(defaults));
    for (const [name, own] of Object.entries(given)) {
      const field = known.get(name);
      const none = { reason: `there is no such field; ${hintAt(name, names)}` };
      const parsed = field?.parse(typeof own === "string" ? own : JSON.stringify(own)) ?? none;
      if ("value" in parsed) values.set(name, parsed.value);
      else if ("violations" in parsed) violations.push(...parsed.violations);
      else
        violations.push({ path: `${key}.${name}`, reason: parsed.reason, remedy: fieldRemedy(`${key}.${name}`, field?.example) });
    }
    const value = Object.fromEntries(values) as T;
    if (violations.length === 0) violations.push(...(together?.(value) ?? []));
    return violations.length > 0 ? { violations } : { value };
  };
}
