import { parse } from "yaml";
import type { ObjectParser } from "./object-setting";
import { jsonOf, type Texts } from "./parsers";

/** Variables that the gateway's container has already, or that change how its programs start. */
const reserved =
  /^(REDIS_PASSWORD|REDIS_URL|POD_NAME|CA_BUNDLE|PATH|HOME|TEMPLATE_ROOT|LOG_LEVEL|(PLANO|ENVOY|UV|OTEL|PYTHON|LD|NODE|STANDIN)_\w+|(METRICS_)?BIND_ADDRESS|LLM_PROVIDER_ENDPOINT)$/;

/** Secret values by the variable that holds them. The reason never quotes one. */
export const secrets: ObjectParser<Texts> = (text) => {
  const given = jsonOf(text);
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    const remedy = "pulumi config rm secrets, then pulumi config set --secret --path secrets.<NAME>";
    return { violations: [{ path: "secrets", reason: "the value is not an object", remedy }] };
  }
  const violations = Object.entries(given).flatMap(([name, value]) => {
    const [reason, remedy] = problemOf(name, value) ?? [];
    return reason === undefined || remedy === undefined ? [] : [{ path: `secrets.${name}`, reason, remedy }];
  });
  return violations.length > 0 ? { violations } : { value: given as Texts };
};

/** What is wrong with a variable, and what to do. */
function problemOf(name: string, value: unknown): readonly [string, string] | undefined {
  const remove = `pulumi config rm --path 'secrets["${name}"]'`;
  const set = `pulumi config set --secret --path secrets.${name}`;
  if (!/^[A-Za-z_]\w{0,127}$/.test(name)) return ["it is no name of a variable (letters, digits and _)", remove];
  if (name === "OPENAI_API_KEY")
    return ["it has a setting of its own", `${remove}, and pulumi config set --secret OPENAI_API_KEY`];
  if (reserved.test(name)) return ["it has another meaning in the gateway's container", remove];
  if (typeof value !== "string" || value === "") return ["it is no text, or an empty one", set];
  return survives(value)
    ? undefined
    : ["it would not survive: Plano puts it into YAML as it is, where it means something else", set];
}

/** Whether a text is the same when it stands in YAML 1.1 without quotes, as `envsubst` puts it there. */
function survives(value: string): boolean {
  try {
    return (parse(`key: ${value}`, { version: "1.1" }) as { key?: unknown } | null)?.key === value;
  } catch {
    return false;
  }
}
