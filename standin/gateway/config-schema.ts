/** An object that holds these properties and no others. */
const closed = (properties: Record<string, unknown>, required: readonly string[] = []): object => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});

const text = { type: "string", minLength: 1 };
const percent = { type: "number", minimum: 0, maximum: 100 };
const texts = { type: "array", items: text };

/**
 * The part of Plano 0.4.27's configuration that the stand-in serves, as a JSON Schema.
 * What Plano knows and the stand-in does not (agents, prompt targets, filters, …) is refused, never ignored.
 */
export const configSchema = closed(
  {
    version: text,
    listeners: {
      type: "array",
      minItems: 1,
      items: closed(
        {
          type: { const: "model" },
          name: text,
          address: text,
          port: { type: "integer", minimum: 0, maximum: 65_535 },
          timeout: text,
          max_retries: { type: "integer" },
        },
        ["type", "name"],
      ),
    },
    model_providers: {
      type: "array",
      minItems: 1,
      items: closed(
        {
          model: { type: "string", pattern: "^[^/]+/.+$" },
          name: text,
          access_key: { type: "string" },
          default: { type: "boolean" },
          base_url: text,
          passthrough_auth: { type: "boolean" },
          provider_interface: text,
          routing_preferences: {
            type: "array",
            items: closed({ name: text, description: text }, ["name", "description"]),
          },
        },
        ["model"],
      ),
    },
    routing_preferences: {
      type: "array",
      items: closed({ name: text, description: text, models: { ...texts, minItems: 1 } }, ["name", "description", "models"]),
    },
    overrides: { type: "object", properties: { llm_routing_model: text } },
    routing: closed({
      session_ttl_seconds: { type: "integer", minimum: 1 },
      session_max_entries: { type: "integer", minimum: 1, maximum: 10_000 },
      session_cache: closed({ type: { enum: ["memory", "redis"] }, url: text, tenant_header: text }),
      // Plano calls it the former up to 0.4.30 and the latter from 0.4.31 on.
      routing_budget: closed({ max_overhead_pct: percent, max_switch_spend_pct: percent }),
    }),
    model_metrics_sources: {
      type: "array",
      items: closed(
        {
          type: { const: "cost" },
          provider: { const: "models.dev" },
          url: text,
          refresh_interval: { type: "integer", minimum: 1 },
        },
        ["type", "provider", "url"],
      ),
    },
    tracing: closed({
      random_sampling: { type: "integer", minimum: 0, maximum: 100 },
      trace_arch_internal: { type: "boolean" },
      opentracing_grpc_endpoint: text,
      span_attributes: closed({ static: { type: "object", additionalProperties: { type: "string" } } }),
    }),
  },
  ["version", "listeners", "model_providers"],
);

/** A configuration file that satisfies {@link configSchema}, as written. */
export interface ConfigFile {
  readonly listeners: readonly { readonly port?: number }[];
  readonly model_providers: readonly {
    readonly model: string;
    readonly access_key?: string;
    readonly default?: boolean;
    readonly base_url?: string;
    readonly passthrough_auth?: boolean;
    readonly routing_preferences?: readonly { readonly name: string; readonly description: string }[];
  }[];
  readonly routing_preferences?: readonly {
    readonly name: string;
    readonly description: string;
    readonly models: readonly string[];
  }[];
  readonly overrides?: { readonly llm_routing_model?: string };
  readonly routing?: {
    readonly session_ttl_seconds?: number;
    readonly session_max_entries?: number;
    readonly session_cache?: {
      readonly type?: "memory" | "redis";
      readonly url?: string;
      readonly tenant_header?: string;
    };
    readonly routing_budget?: { readonly max_overhead_pct?: number; readonly max_switch_spend_pct?: number };
  };
  readonly model_metrics_sources?: readonly { readonly url: string; readonly refresh_interval?: number }[];
  readonly tracing?: {
    readonly random_sampling?: number;
    readonly opentracing_grpc_endpoint?: string;
    readonly span_attributes?: { readonly static?: Readonly<Record<string, string>> };
  };
}
