import { stringify } from "yaml";
import { listenersOf, type ModelProvider, type PlanoConfig, routesOf } from "../../settings/plano/gateway-config";
import { defaultModelOf } from "../../settings/plano/config-rules";
import { keepingRelease } from "../../settings/plano/releases";
import { suggestPrompts } from "../../verify/prompts";
import { appNames, credentials, ports, serviceHost } from "../names";
import type { PlanoStackArgs } from "../plano-stack-args";

/** The models between which the gateway routes unless the user brings a configuration. */
export const models = { fast: "openai/gpt-4o-mini", reasoning: "openai/gpt-5.2" } as const;

/** What a user would write for two models of OpenAI. */
export const defaultConfig: PlanoConfig = {
  version: "v0.4.0",
  model_providers: [
    { model: models.fast, default: true, access_key: `$${credentials.openaiApiKey}` },
    { model: models.reasoning, access_key: `$${credentials.openaiApiKey}` },
  ],
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
};

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
 * @param otlpEndpoint of a collector of the user's; else the stack runs Jaeger
 */
export function planoPeers(namespace: string, externalRedis: boolean, otlpEndpoint?: string): PlanoPeers {
  const at = (app: "llm-stub" | "redis" | "jaeger", port: number): string => `${serviceHost(app, namespace)}:${port}`;
  return {
    stub: `http://${at(appNames.stub, ports.stub)}`,
    redis: externalRedis
      ? `$${credentials.redisUrl}`
      : `redis://:$${credentials.redisPassword}@${at(appNames.redis, ports.redis)}`,
    otlp: otlpEndpoint ?? `http://${at(appNames.jaeger, ports.otlpGrpc)}`,
  };
}

type Given = "planoVersion" | "upstream" | "routing" | "sessionTtlSeconds";

/** What a `plano_config.yaml` is rendered from, for Plano and the stand-in alike. */
export interface PlanoConfigArgs extends Required<Pick<PlanoStackArgs, Given>>, Pick<PlanoStackArgs, "tenantHeader"> {
  readonly peers: PlanoPeers;
  /** Models, routes, listeners and what else is the user's. Default: {@link defaultConfig}. */
  readonly config?: PlanoConfig;
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
 * Renders the gateway's configuration: the user's, with what keeps a session on its model. No secret is in it, only
 * `$VARIABLES` that the gateway fills in at start.
 *
 * Source of the form: the validators of the releases themselves (PyPI `planoai`), which a test feeds with this.
 *
 * @throws Error for a release on which sessions do not keep their model
 */
export function renderPlanoConfig(args: PlanoConfigArgs): string {
  const { config = defaultConfig } = args;
  const {
    version: _,
    listeners: __,
    model_providers = [],
    routing_preferences,
    overrides: own,
    routing,
    tracing,
    ...rest
  } = config;
  const { model_metrics_sources, ...others } = rest;
  const hasStub = args.routing === "stub";
  const overrides = {
    ...own,
    ...(hasStub && { llm_routing_model: routingModel }),
    ...(args.trustFile !== undefined && { upstream_tls_ca_path: args.trustFile }),
  };
  const isModelListed = listenersOf(config).some(({ type }) => type === "model");
  const modelListener = { type: "model", name: "model_listener", address: "0.0.0.0", port: ports.gateway };
  const routes = routesOf(config);
  const merged = {
    // The routes' form is of this version; Plano before 0.4.22 takes others for none.
    version: "v0.4.0",
    listeners: [...listenersOf(config), ...(isModelListed ? [] : [modelListener])],
    model_providers: providersOf(model_providers, args),
    ...(Object.keys(overrides).length > 0 && { overrides }),
    ...(routes.length > 0 && { routing_preferences: routes }),
    ...pinning(args, routing, model_metrics_sources),
    tracing: {
      random_sampling: 100,
      ...tracing,
      opentracing_grpc_endpoint: args.peers.otlp,
      span_attributes: {
        ...tracing?.span_attributes,
        static: { ...tracing?.span_attributes?.static, "k8s.pod.name": "$POD_NAME" },
      },
    },
    ...others,
  };
  // Anchors would be correct YAML, but people read this file; and Plano reads it as YAML 1.1.
  return stringify(merged, { aliasDuplicateObjects: false, lineWidth: 0, version: "1.1" });
}

/** The user's providers, or the stub in their place; Plano speaks OpenAI's API to all but Bedrock, which the stub knows too. */
function providersOf(given: readonly ModelProvider[], { upstream, routing, peers }: PlanoConfigArgs): object[] {
  // The stub does not look at a key; without one Plano passes the client's on.
  const stub = { base_url: peers.stub, access_key: "none" };
  const own = given.map(({ routing_preferences: _, ...provider }) => {
    if (upstream === "openai") return provider;
    const { model, name, default: usual, provider_interface } = provider;
    const kept = { ...(name !== undefined && { name }), ...(usual !== undefined && { default: usual }) };
    return { model, ...kept, ...(provider_interface !== undefined && { provider_interface }), ...stub };
  });
  if (routing !== "stub") return own;
  return [...own.filter(({ model }) => model !== routingModel), { model: routingModel, ...stub }];
}

/**
 * What keeps a session on its model. A budget of 0 alone does not: a model that is cheaper than reading the context from
 * the session's own provider cache is let in for free, and so is one without a price. Hence the stub's price list, in
 * which all models cost the same.
 */
function pinning(
  { planoVersion, sessionTtlSeconds, peers, tenantHeader }: PlanoConfigArgs,
  routing: PlanoConfig["routing"],
  sources: PlanoConfig["model_metrics_sources"] = [],
): object {
  const { keeps, budgetField } = keepingRelease(planoVersion);
  const session_cache = { type: "redis", url: peers.redis, ...(tenantHeader !== undefined && { tenant_header: tenantHeader }) };
  const own = { ...routing, session_cache };
  if (keeps === "fixed" || budgetField === undefined) {
    const kept = { ...(sources.length > 0 && { model_metrics_sources: sources }) };
    return { routing: { ...own, session_ttl_seconds: sessionTtlSeconds }, ...kept };
  }
  const { session_ttl_seconds: _, ...others } = own as NonNullable<PlanoConfig["routing"]>;
  const prices = {
    type: "cost",
    provider: "models.dev",
    url: `${peers.stub}${priceListPath}`,
    refresh_interval: priceRefreshSeconds,
  };
  return {
    routing: { ...others, routing_budget: { ...routing?.routing_budget, [budgetField]: 0 } },
    model_metrics_sources: [...sources.filter(({ type }) => type !== "cost"), prices],
  };
}

/** What a proof of a user's configuration asks for: prompts of the user's, or those that the routes' descriptions suggest. */
export function proofHints(config: PlanoConfig, prompts?: readonly string[]) {
  const suggested = suggestPrompts(routesOf(config).map(({ description }) => description));
  // One route tells nothing apart, and the verifier's own prompts show it.
  return { model: defaultModelOf(config), prompts: prompts ?? (suggested.length > 1 ? suggested : undefined) };
}

/** What {@link renderPlanoConfig} changes of a configuration, for people: what is put in is not told. */
export function replacedIn(config: PlanoConfig, planoVersion: string): string[] {
  const { keeps, budgetField = "" } = keepingRelease(planoVersion);
  if (keeps === "fixed") return [];
  const budget = config.routing?.routing_budget?.[budgetField];
  const costs = config.model_metrics_sources?.some(({ type }) => type === "cost") === true;
  return [
    ...(budget !== undefined && budget !== 0
      ? [`${budgetField} is 0 and not ${JSON.stringify(budget)}: else sessions change their models`]
      : []),
    ...(costs ? ["the prices are the stub's, which are the same for all models: with others a cheaper model is let in"] : []),
  ];
}
