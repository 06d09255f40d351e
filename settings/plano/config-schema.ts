import Ajv, { type ErrorObject } from "ajv";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** Where a value is in a configuration: `["model_providers", 0, "model"]`. */
export type ConfigPath = readonly (string | number)[];

/** Something that Plano would refuse. */
export interface ConfigProblem {
  readonly path: ConfigPath;
  readonly reason: string;
}

/** `model_providers[0].model`. */
export function pathText(path: ConfigPath): string {
  return path
    .map((it) => (typeof it === "number" ? `[${it}]` : `.${it}`))
    .join("")
    .replace(/^\./, "");
}

type Json = { readonly [key: string]: unknown };

const folder = join(__dirname, "schema");

/**
 * The schema of a release. The newest is kept whole, those before as what has to change in it (RFC 7396), by the first
 * release that each is valid for. A test compares them with PyPI's `planoai`.
 */
export function configSchema(version: string): object {
  const newest = parse(readFileSync(join(folder, "plano_config_schema.yaml"), "utf8")) as Json;
  const older = JSON.parse(readFileSync(join(folder, "older.json"), "utf8")) as Readonly<Record<string, Json>>;
  const patch = number(version) >= newestSchema ? undefined : Object.keys(older).findLast((it) => number(it) <= number(version));
  return patch === undefined ? newest : (merged(newest, older[patch] ?? {}) as Json);
}

const number = (version: string): number => version.split(".").reduce((sum, part) => sum * 1_000 + Number(part), 0);

/** First release of the newest schema. */
const newestSchema = number("0.4.35");

function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result = new Map(Object.entries((target ?? {}) as Json));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, merged(result.get(key), value));
  }
  return Object.fromEntries(result);
}

/** What a release's schema says against a configuration; at most one problem for each place. */
export function schemaProblems(document: unknown, version: string): ConfigProblem[] {
  const validate = new Ajv({ allErrors: true, strict: false }).compile(configSchema(version));
  validate(document);
  const found = new Map<string, ConfigProblem>();
  const errors = (validate.errors ?? []).filter(({ keyword }) => !["oneOf", "anyOf", "if"].includes(keyword));
  for (const error of errors) {
    const { path, reason } = problemOf(error);
    // Of several forms that a value may have, the one that it comes closest to says more.
    const isFar = error.keyword === "type" && errors.some((it) => it.instancePath.startsWith(`${error.instancePath}/`));
    if (!isFar && !found.has(pathText(path))) found.set(pathText(path), { path, reason });
  }
  return [...found.values()];
}

function problemOf({ instancePath, keyword, params, message = "is wrong" }: ErrorObject): ConfigProblem {
  const path = instancePath
    .split("/")
    .slice(1)
    .map((it) => it.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((it) => (/^\d+$/.test(it) ? Number(it) : it));
  const given = params as { additionalProperty?: string; allowedValues?: readonly unknown[]; missingProperty?: string };
  if (keyword === "additionalProperties")
    return { path: [...path, given.additionalProperty ?? ""], reason: "there is no such field in this release" };
  if (keyword === "enum") return { path, reason: `it is none of ${given.allowedValues?.join(", ")}` };
  if (keyword === "required") return { path, reason: `it needs ${given.missingProperty}` };
  return { path, reason: `it ${message}` };
}
