import { stringify } from "yaml";

export interface TestConfigOptions {
  readonly stubUrl: string;
  /** Absent: pins in memory. May name a variable of the environment. */
  readonly redisUrl?: string;
  readonly ttlSeconds: number;
  readonly tenantHeader?: string;
  /** The collector's OTLP over HTTP origin; absent: no tracing. */
  readonly otlpUrl?: string;
}

/** A `plano_config.yaml` for tests: the demo's two models and two routes, all served by the stub. */
export function testConfig(options: TestConfigOptions): string {
  const base_url = options.stubUrl;
  return stringify({
    version: "v0.4.0",
    listeners: [{ type: "model", name: "llm", address: "0.0.0.0", port: 12_000 }],
    model_providers: [
      { model: "openai/gpt-4o-mini", base_url, access_key: "$OPENAI_API_KEY", default: true },
      { model: "openai/gpt-5.2", base_url, access_key: "$OPENAI_API_KEY" },
      { model: "plano/Plano-Orchestrator", base_url },
    ],
    routing_preferences: [
      { name: "fast_responses", description: "short factual questions", models: ["openai/gpt-4o-mini"] },
      { name: "deep_reasoning", description: "multi-step reasoning, proofs and design", models: ["openai/gpt-5.2"] },
    ],
    overrides: { llm_routing_model: "plano/Plano-Orchestrator" },
    routing: {
      session_ttl_seconds: options.ttlSeconds,
      session_cache: {
        type: options.redisUrl === undefined ? "memory" : "redis",
        url: options.redisUrl,
        tenant_header: options.tenantHeader,
      },
    },
    ...(options.otlpUrl === undefined ? {} : { tracing: tracing(options.otlpUrl) }),
  });
}

const tracing = (otlpUrl: string): object => ({
  random_sampling: 100,
  opentracing_grpc_endpoint: otlpUrl,
  span_attributes: { static: { "k8s.pod.name": "$POD_NAME" } },
});
