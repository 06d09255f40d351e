import type { ErrorObject } from "ajv";
import type { parse } from "yaml";
import { readAtMost } from "../../lib/files";
import { isOfEveryRequest } from "../../lib/http-headers";
import { oneLine, reasonOf, type Violation } from "../common/errors";
import { contractNames, requestHeaders, type Contract } from ".";
import { validate } from "./validator";

/** Reads a contract from a file; undefined, and violations, where it is none. */
export type ContractReader = (path: string, violations: Violation[]) => Contract | undefined;

/** Loads what reading a contract takes, which most runs do not need: a parser of YAML. */
export async function contractReader(): Promise<ContractReader> {
  const yaml = await import("yaml");
  return (path, violations) => readContract(yaml.parse, path, violations);
}

/** A contract has about one; many times more would take its parser long. */
const mostKiB = 64;

/** Takes all that is wrong with the file, each with its place in it. */
function readContract(parseYaml: typeof parse, path: string, violations: Violation[]): Contract | undefined {
  const problems = new Map<string, Violation>();
  const add: Add = (at, reason, remedy) => {
    const where = `--contract ${path}${at === "" ? "" : `: ${oneLine(at)}`}`;
    // Of several problems in one place the first says enough.
    if (!problems.has(where)) problems.set(where, { path: where, reason: oneLine(reason, 300), remedy });
  };
  try {
    const document: unknown = parseYaml(readAtMost(mostKiB, path), { logLevel: "error" });
    if (!validate(document)) for (const error of validate.errors ?? []) addProblem(error, add);
    const { sessionHeader, unpinnedHeaders } = Object(document) as Partial<Record<keyof Contract, unknown>>;
    const named = {
      name: path,
      sessionHeader: typeof sessionHeader === "string" ? sessionHeader : "",
      unpinnedHeaders: Object(unpinnedHeaders) as object,
    };
    const seen = new Set<string>();
    for (const [at, name] of requestHeaders(named as Contract)) {
      if (isOfEveryRequest(name)) add(at, `every request has a header ${name} of its own`, "name another one");
      if (seen.has(name.toLowerCase())) add(at, "the contract has a header of that name already", "name each header once");
      seen.add(name.toLowerCase());
    }
    if (problems.size === 0) return { ...(document as Omit<Contract, "name">), name: path };
  } catch (error) {
    // The words of the parser, and of JavaScript, are for those who write programs.
    const reason = reasonOf(error)
      .replace(/; please use YAML\.\S+/, "")
      .replace(/^Maximum call stack .*/, "it is nested too deeply")
      .replace(/^Converting circular .*/, "an alias stands in what it names");
    add("", reason, `name a YAML file that can be read, or one of ${contractNames}`);
  }
  violations.push(...problems.values());
  return undefined;
}

type Add = (at: string, reason: string, remedy: string) => void;

function addProblem({ instancePath, keyword, params, parentSchema, data, propertyName }: ErrorObject, add: Add): void {
  // What they contain is said by itself.
  if (keyword === "if" || keyword === "propertyNames") return;
  const { description = "", properties = {} } = parentSchema as { readonly description?: string; readonly properties?: object };
  const fields = instancePath.replace(/~1/g, "/").replace(/~0/g, "~").slice(1).replaceAll("/", ".");
  const within = (field: unknown): string => {
    const name = /\S/.test(String(field)) ? String(field) : JSON.stringify(field);
    return fields === "" ? name : `${fields}.${name}`;
  };
  if (keyword === "additionalProperties") {
    const known = `choose from ${Object.keys(properties).join(", ")}`;
    return add(within(params["additionalProperty"]), "there is no such field", known);
  }
  if (keyword === "required") return add(within(params["missingProperty"]), "it is missing", "add it");
  if (keyword === "false schema") return add(fields, "a text has no fields", "leave it out, or choose format json or hash");
  if (propertyName !== undefined) return add(within(propertyName), "it cannot be sent", `write ${description}`);
  add(fields, `${JSON.stringify(data)} does not fit`, `write ${description}`);
}
