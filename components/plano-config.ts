import { stringify } from "yaml";
import { appNames, credentials, ports, serviceHost } from "./names";

/** The models between which the gateway routes. */
export const models = { fast: "openai/gpt-4o-mini", reasoning: "openai/gpt-5.2" } as const;

/** What a `plano_config.yaml` is rendered from. */
export interface PlanoConfigArgs {
  readonly namespace: string;
  /** Who answers prompts. `stub`: the stub in the namespace. */
  readonly upstream: "openai" | "stub";
  /** Who chooses the route. `stub`: the stub in the namespace; `hosted`: the service that Plano uses by itself. */
  readonly routing: "stub" | "hosted";
  /** Seconds from a session's first request to the end of its pin. */
  readonly sessionTtlSeconds: number;
  /** Request header that names the tenant; undefined: one tenant. */
  readonly tenantHeader?: string;
  /** True: the URL is in the variable `REDIS_URL`. False: the stack's own Redis. */
  readonly externalRedis: boolean;
}

const routingModel = "plano/Plano-Orchestrator";

/**
 * Renders the gateway's configuration; no secret is in it, only `$VARIABLES` that the gateway fills in at start.
 *
 * Source of the form: Plano 0.4.27's own validator (PyPI `planoai` 0.4.27), which a test feeds with this.
 */
export function renderPlanoConfig(args: PlanoConfigArgs): string {
  const stubUrl = `http://${serviceHost(appNames.stub, args.namespace)}:${ports.stub}`;
  // Plano wants a key for every provider; the stub does not look at it.
  const upstream =
    args.upstream === "stub" ? { base_url: stubUrl, access_key: "none" } : { access_key: `$${credentials.openaiApiKey}` };
  const config = {
    version: "v0.4.0",
    listeners: [{ type: "model", name: "model_listener", address: "0.0.0.0", port: ports.gateway }],
    model_providers: [
      { model: models.fast, default: true, ...upstream },
      { model: models.reasoning, ...upstream },
      ...(args.routing === "stub" ? [{ model: routingModel, base_url: stubUrl, access_key: "none" }] : []),
    ],
    ...(args.routing === "stub" ? { overrides: { llm_routing_model: routingModel } } : {}),
    routing_preferences: [
      {
        name: "fast_responses",
        description: "short factual questions, lookups, small edits and quick answers that need no reasoning",
        models: [models.fast],
      },
      {
        name: "deep_reasoning",
        description: "proofs, analysis, design, debugging and other problems that need several steps of reasoning",
        models: [models.reasoning],
      },
    ],
    routing: {
      session_ttl_seconds: args.sessionTtlSeconds,
      session_cache: {
        type: "redis",
        url: args.externalRedis
          ? `$${credentials.redisUrl}`
          : `redis://:$${credentials.redisPassword}@${serviceHost(appNames.redis, args.namespace)}:${ports.redis}`,
        ...(args.tenantHeader === undefined ? {} : { tenant_header: args.tenantHeader }),
      },
    },
    tracing: {
      random_sampling: 100,
      opentracing_grpc_endpoint: `http://${serviceHost(appNames.jaeger, args.namespace)}:${ports.otlpGrpc}`,
      span_attributes: { static: { "k8s.pod.name": "$POD_NAME" } },
    },
  };
  // Anchors would be correct YAML, but people read this file.
  return stringify(config, { aliasDuplicateObjects: false, lineWidth: 0 });
}
