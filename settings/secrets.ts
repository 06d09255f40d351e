import { parse } from "yaml";
import { jsonOf, type Parsed, type Texts } from "./parsers";

/** Variables that the gateway's container has already, or that change how its programs start. */
const reserved =
  /^(REDIS_PASSWORD|REDIS_URL|POD_NAME|CA_BUNDLE|PATH|HOME|TEMPLATE_ROOT|LOG_LEVEL|(PLANO|ENVOY|UV|OTEL|PYTHON|LD|NODE|STANDIN)_\w+|(METRICS_)?BIND_ADDRESS|LLM_PROVIDER_ENDPOINT)$/;

/** Secret values by the variable that holds them. The reason never quotes one. */
export function secrets(text: string): Parsed<Texts> {
  const given = jsonOf(text);
  if (typeof given !== "object" || given === null || Array.isArray(given))
    return { reason: "the value is not an object; set each with --path 'secrets.NAME'" };
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    if (!/^[A-Za-z_]\w{0,127}$/.test(name)) return { reason: `"${name}" is no name of a variable (letters, digits and _)` };
    if (name === "OPENAI_API_KEY")
      return { reason: "OPENAI_API_KEY has a setting of its own: pulumi config set --secret OPENAI_API_KEY" };
    if (reserved.test(name)) return { reason: `${name} has another meaning in the gateway's container` };
    if (typeof value !== "string" || value === "") return { reason: `${name} is no text, or an empty one` };
    if (!survives(value))
      return { reason: `${name} would not survive: Plano puts it into YAML as it is, where it means something else` };
  }
  return { value: given as Texts };
}

/** Whether a text is the same when it stands in YAML 1.1 without quotes, as `envsubst` puts it there. */
function survives(value: string): boolean {
  try {
    return (parse(`key: ${value}`, { version: "1.1" }) as { key?: unknown } | null)?.key === value;
  } catch {
    return false;
  }
}
