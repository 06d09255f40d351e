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
const integer = (minimum: number, maximum?: number): Schema<number> => ({
  type: "integer",
  minimum,
  ...(maximum && { maximum }),
});
const the = <const T>(value: T): Schema<T> => ({ const: value });
const list = <T>(items: Schema<T>, minItems = 0): Schema<readonly T[]> => ({ type: "array", items, minItems });

/** An object with these properties; it may have others, for Plano knows more. */
function object<P extends Record<string, object>, R extends keyof P = never>(
  properties: P,
  ...required: R[]
): Schema<{ readonly [key in R]: Of<P[key]> } & { readonly [key in Exclude<keyof P, R>]?: Of<P[key]> }> {
  return { type: "object", properties, required };
}

const listener = object({ type: text, name: text, port: integer(0, 65_535) }, "type", "name");
const provider = object({ model: modelName, name: text, access_key: anyText, base_url: text }, "model");
const route = object({ name: text, description: text, models: list(text, 1) }, "name", "description", "models");
const metricsSource = object({ type: text, url: text, refresh_interval: integer(1) }, "type");

/**
 * The part of Plano's configuration that the stand-in serves. Of what Plano has besides (agents, prompt targets, guards, …)
 * nothing is played, and what has a name at the top is told in the log.
 */
const fields = {
  version: text,
  listeners: list(listener, 1),
  model_providers: list(provider, 1),
  routing_preferences: list(route),
  overrides: object({ llm_routing_model: text }),
  routing: object({
    session_ttl_seconds: integer(1),
    session_cache: object({ type: cacheType, url: text, tenant_header: text }),
    // Plano calls it the former up to 0.4.30 and the latter from 0.4.31 on. A session is held by 0 alone.
    routing_budget: object({ max_overhead_pct: the(0), max_switch_spend_pct: the(0) }),
  }),
  model_metrics_sources: list(metricsSource),
  tracing: object({
    random_sampling: integer(0, 100),
    opentracing_grpc_endpoint: text,
    span_attributes: object({ static: attributes }),
  }),
};

/** The fields at the top that mean something to the stand-in. */
export const playedFields: readonly string[] = Object.keys(fields);

export const configSchema = object(fields, "version", "listeners", "model_providers");

/** A configuration file that satisfies {@link configSchema}, as written. */
export type ConfigFile = Of<typeof configSchema>;
