import { stringify } from "yaml";
import { keepingRelease } from "../../settings/plano/releases";
import { appNames, credentials, ports, serviceHost } from "../names";
import type { PlanoStackArgs } from "../plano-stack-args";

/** The models between which the gateway routes. */
export const models = { fast: "openai/gpt-4o-mini", reasoning: "openai/gpt-5.2" } as const;

/** URLs that the gateway uses. It fills in `$VARIABLES` at start. */
export interface PlanoPeers {
  /** The LLM stub: models, routing model and price list. */
  readonly stub: string;
  /** Redis with the pins: `redis://` or `rediss://`. */
  readonly redis: string;
  /** Collector of traces: OTLP over gRPC. */
  readonly otlp: string;
}

/**
 * Where the gateway finds the stack's other parts.
 *
 * @param externalRedis whether Redis' URL is in the variable `REDIS_URL`; else the stack runs one of its own
 */
export function planoPeers(namespace: string, externalRedis: boolean): PlanoPeers {
  const at = (app: "llm-stub" | "redis" | "jaeger", port: number): string => `${serviceHost(app, namespace)}:${port}`;
  return {
    stub: `http://${at(appNames.stub, ports.stub)}`,
    redis: externalRedis
      ? `$${credentials.redisUrl}`
      : `redis://:$${credentials.redisPassword}@${at(appNames.redis, ports.redis)}`,
    otlp: `http://${at(appNames.jaeger, ports.otlpGrpc)}`,
  };
}

type Given = "planoVersion" | "upstream" | "routing" | "sessionTtlSeconds";

/** What a `plano_config.yaml` is rendered from, for Plano and the stand-in alike. */
export interface PlanoConfigArgs extends Required<Pick<PlanoStackArgs, Given>>, Pick<PlanoStackArgs, "tenantHeader"> {
  readonly peers: PlanoPeers;
  /** File in the container with the authorities that the gateway trusts. Default: those of the image. */
  readonly trustFile?: string;
}

const routingModel = "plano/Plano-Orchestrator";

/** Path of the stub's price list, in the form of https://models.dev/api.json. */
export const priceListPath = "/prices";

/**
 * Seconds between two looks at the price list. A replica that started without prices lets its sessions change models
 * until the next look; without a next one, for as long as it lives (Plano 0.4.36).
 */
const priceRefreshSeconds = 30;

/**
 * Renders the gateway's configuration; no secret is in it, only `$VARIABLES` that the gateway fills in at start.
 *
 * Source of the form: the validators of the releases themselves (PyPI `planoai`), which a test feeds with this.
 *
 * @throws Error for a release on which sessions do not keep their model
 */
export function renderPlanoConfig(args: PlanoConfigArgs): string {
  const { stub, redis, otlp } = args.peers;
  // Plano wants a key for every provider; the stub does not look at it.
  const upstream = args.upstream === "stub" ? { base_url: stub, access_key: "none" } : { access_key: "$OPENAI_API_KEY" };
  const overrides = {
    ...(args.routing === "stub" ? { llm_routing_model: routingModel } : {}),
    ...(args.trustFile === undefined ? {} : { upstream_tls_ca_path: args.trustFile }),
  };
  const config = {
    version: "v0.4.0",
    listeners: [{ type: "model", name: "model_listener", address: "0.0.0.0", port: ports.gateway }],
    model_providers: [
      { model: models.fast, default: true, ...upstream },
      { model: models.reasoning, ...upstream },
      ...(args.routing === "stub" ? [{ model: routingModel, base_url: stub, access_key: "none" }] : []),
    ],
    ...(Object.keys(overrides).length > 0 ? { overrides } : {}),
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
    ...pinning(args, {
      type: "redis",
      url: redis,
      ...(args.tenantHeader === undefined ? {} : { tenant_header: args.tenantHeader }),
    }),
    tracing: {
      random_sampling: 100,
      opentracing_grpc_endpoint: otlp,
      span_attributes: { static: { "k8s.pod.name": "$POD_NAME" } },
    },
  };
  // Anchors would be correct YAML, but people read this file.
  return stringify(config, { aliasDuplicateObjects: false, lineWidth: 0 });
}

/**
 * What keeps a session on its model. A budget of 0 alone does not: a model that is cheaper than reading the context from
 * the session's own provider cache is let in for free, and so is one without a price. Hence the stub's price list, in
 * which all models cost the same.
 */
function pinning({ planoVersion, sessionTtlSeconds, peers }: PlanoConfigArgs, cache: object): object {
  const { keeps, budgetField } = keepingRelease(planoVersion);
  if (keeps === "fixed" || budgetField === undefined) {
    return { routing: { session_ttl_seconds: sessionTtlSeconds, session_cache: cache } };
  }
  return {
    routing: { routing_budget: { [budgetField]: 0 }, session_cache: cache },
    model_metrics_sources: [
      { type: "cost", provider: "models.dev", url: `${peers.stub}${priceListPath}`, refresh_interval: priceRefreshSeconds },
    ],
  };
}
