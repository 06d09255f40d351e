import Ajv, { type ErrorObject } from "ajv";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { isOfEveryRequest } from "../../lib/http-headers";
import { oneLine, reasonOf, type Violation } from "../common/errors";
import { contractNames, type Contract } from ".";
import schema from "./schema.json";

/**
 * Reads a contract from a YAML file. The command line loads this module only where a contract is named.
 *
 * @param violations takes all that is wrong with it, each with its place in the file
 * @returns undefined where there is anything
 */
export function readContract(path: string, violations: Violation[]): Contract | undefined {
  const problems: Violation[] = [];
  const add = (at: string, reason: string, remedy: string): void => {
    const where = `--contract ${path}${at === "" ? "" : `: ${at}`}`;
    // Of several problems in one place the first says enough.
    if (problems.every((it) => it.path !== where)) problems.push({ path: where, reason: oneLine(reason, 300), remedy });
  };
  try {
    const document: unknown = parse(readFileSync(path, "utf8"), { logLevel: "error" });
    const validate = new Ajv({ allErrors: true, strict: false, verbose: true }).compile(schema);
    if (!validate(document)) for (const error of validate.errors ?? []) addProblem(error, add);
    for (const [at, name] of requestHeaders(document)) {
      if (isOfEveryRequest(name)) add(at, `the header ${name} is set by every request itself`, "name another one");
    }
    if (problems.length === 0) return { ...(document as Omit<Contract, "name">), name: path };
  } catch (error) {
    add("", reasonOf(error), `name a YAML file that can be read, or one of ${contractNames}`);
  }
  violations.push(...problems);
  return undefined;
}

type Add = (at: string, reason: string, remedy: string) => void;

interface Schema {
  readonly description?: string;
  readonly properties?: object;
}

function addProblem({ instancePath, keyword, params, parentSchema, data, propertyName }: ErrorObject, add: Add): void {
  // What they contain is said by itself.
  if (keyword === "if" || keyword === "propertyNames") return;
  const { description = "", properties = {} } = parentSchema as Schema;
  const fields = instancePath.replace(/~1/g, "/").replace(/~0/g, "~").slice(1).replaceAll("/", ".");
  const within = (field: unknown): string => [fields, String(field)].filter((it) => it !== "").join(".");
  if (keyword === "additionalProperties") {
    const known = `choose from ${Object.keys(properties).join(", ")}`;
    return add(oneLine(within(params["additionalProperty"])), "there is no such field", known);
  }
  if (keyword === "required") return add(within(params["missingProperty"]), "it is missing", "add it");
  if (keyword === "false schema") return add(fields, "a text has no fields", "leave it out, or choose format json or hash");
  if (propertyName !== undefined) return add(oneLine(within(propertyName)), "it cannot be sent", `write ${description}`);
  add(fields, `${JSON.stringify(data)} does not fit`, `write ${description}`);
}

/** The headers of requests that it names, each with its place; of a contract that may be wrong in every way. */
function requestHeaders(document: unknown): (readonly [at: string, name: string])[] {
  const { sessionHeader, unpinnedHeaders } = Object(document) as Readonly<Record<string, unknown>>;
  const unpinned = Object.keys(Object(unpinnedHeaders) as object).map((name) => [`unpinnedHeaders.${name}`, name] as const);
  return [["sessionHeader", String(sessionHeader)], ...unpinned];
}
