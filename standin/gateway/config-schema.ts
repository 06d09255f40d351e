declare const type: unique symbol;

/** A JSON Schema, and the type of the values that satisfy it. */
interface Schema<T> {
  readonly [keyword: string]: unknown;
  readonly [type]?: T;
}

type Of<S> = S extends Schema<infer T> ? T : never;

const text: Schema<string> = { type: "string", minLength: 1 };
const anyText: Schema<string> = { type: "string" };
const modelName: Schema<string> = { type: "string", pattern: "^[^/]+/.+$" };
const cacheType: Schema<"memory" | "redis"> = { enum: ["memory", "redis"] };
const attributes: Schema<Readonly<Record<string, string>>> = { type: "object", additionalProperties: anyText };
const flag: Schema<boolean> = { type: "boolean" };
const integer = (minimum: number, maximum?: number): Schema<number> => ({
  type: "integer",
  minimum,
  ...(maximum && { maximum }),
});
const the = <const T>(value: T): Schema<T> => ({ const: value });
const list = <T>(items: Schema<T>, minItems = 0): Schema<readonly T[]> => ({ type: "array", items, minItems });

/** An object that holds these properties and no others. */
function closed<P extends Record<string, object>, R extends keyof P = never>(
  properties: P,
  ...required: R[]
): Schema<{ readonly [key in R]: Of<P[key]> } & { readonly [key in Exclude<keyof P, R>]?: Of<P[key]> }> {
  return { type: "object", properties, required, additionalProperties: false };
}

/** Open: Plano has many more. */
const overrides: Schema<{ readonly llm_routing_model?: string }> = {
  type: "object",
  properties: { llm_routing_model: text },
};

const route = closed({ name: text, description: text, models: list(text, 1) }, "name", "description", "models");
const priceSource = { type: the("cost"), provider: the("models.dev"), url: text, refresh_interval: integer(1) };

/**
 * The part of Plano 0.4.27's configuration that the stand-in serves.
 * What Plano knows and the stand-in does not (agents, prompt targets, filters, budgets above 0, …) is refused, never ignored.
 */
export const configSchema = closed(
  {
    version: text,
    listeners: list(closed({ type: the("model"), name: text, address: text, port: integer(0, 65_535) }, "type", "name"), 1),
    model_providers: list(closed({ model: modelName, access_key: anyText, default: flag, base_url: text }, "model"), 1),
    routing_preferences: list(route),
    overrides,
    routing: closed({
      session_ttl_seconds: integer(1),
      session_cache: closed({ type: cacheType, url: text, tenant_header: text }),
      // Plano calls it the former up to 0.4.30 and the latter from 0.4.31 on.
      routing_budget: closed({ max_overhead_pct: the(0), max_switch_spend_pct: the(0) }),
    }),
    model_metrics_sources: list(closed(priceSource, "type", "provider", "url")),
    tracing: closed({
      random_sampling: integer(0, 100),
      opentracing_grpc_endpoint: text,
      span_attributes: closed({ static: attributes }),
    }),
  },
  "version",
  "listeners",
  "model_providers",
);

/** A configuration file that satisfies {@link configSchema}, as written. */
export type ConfigFile = Of<typeof configSchema>;
