import Ajv, { type ErrorObject } from "ajv";
import { parse } from "yaml";
import type { Env } from "../env";
import { StartupError } from "../program";
import { configSchema, type ConfigFile } from "./config-schema";
import type { PriceSource } from "./prices";
import { otlpTracesUrl, type TracingOptions } from "./traces";

/** A model that the gateway may call. */
export interface Model {
  /** As configured, with its provider: `openai/gpt-5.2`. */
  readonly name: string;
  /** Where chat completions are posted. */
  readonly url: URL;
  /** The name that this upstream knows the model by. */
  readonly upstreamName: string;
  readonly accessKey?: string;
}

export interface Route {
  readonly name: string;
  readonly description: string;
  /** Names of configured models, best first. */
  readonly models: readonly string[];
}

/** What a `plano_config.yaml` says, checked and with Plano 0.4.27's defaults filled in. */
export interface GatewayConfig {
  readonly port: number;
  /** The models clients may ask for, by name; the routing model is not among them. */
  readonly models: ReadonlyMap<string, Model>;
  readonly routes: readonly Route[];
  /** The model that chooses routes; absent where there are none. */
  readonly routingModel?: Model;
  /** Where pins are; absent: in memory. */
  readonly redisUrl?: string;
  readonly sessionTtlSeconds: number;
  /** Lower-case name of the header that names the tenant. */
  readonly tenantHeader?: string;
  /** Where prices come from, by which a routing budget of 0 holds sessions; absent: there is no budget. */
  readonly priceSource?: PriceSource;
  /** Absent when nothing is sampled or no collector is named. */
  readonly tracing?: TracingOptions;
  readonly spanAttributes: Readonly<Record<string, string>>;
  /** Variables the file refers to that are not set. */
  readonly unsetVariables: readonly string[];
}

const DEFAULT_PORT = 12_000;
const DEFAULT_TTL_SECONDS = 600;
const DEFAULT_ROUTING_MODEL = "Plano-Orchestrator";
const OPENAI_BASE_URL = "https://api.openai.com/v1";

const validate = new Ajv({ allErrors: true }).compile<ConfigFile>(configSchema);

/**
 * Reads the text of a `plano_config.yaml`.
 *
 * @param env variables that `$VAR` in the file may name
 * @throws StartupError with all violations on one line, each with its path in the file
 */
export function parseConfig(text: string, env: Env): GatewayConfig {
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw new StartupError(`the config is not valid YAML: ${firstLine(error)}`);
  }
  const unset = new Set<string>();
  const file = substitute(document, env, unset);
  if (!validate(file)) throw invalid((validate.errors ?? []).map(describe));

  const violations: string[] = [];
  const violate = (path: string, reason: string): void => void violations.push(`${path}: ${reason}`);
  const all = readModels(file, violate);
  const routes = readRoutes(file, all, violate);
  const config: GatewayConfig = {
    port: file.listeners[0]?.port ?? DEFAULT_PORT,
    models: new Map([...all].filter(([name]) => !name.startsWith("plano/"))),
    routes,
    routingModel: routes.length === 0 ? undefined : findRoutingModel(file, all, violate),
    redisUrl: readRedisUrl(file, violate),
    sessionTtlSeconds: file.routing?.session_ttl_seconds ?? DEFAULT_TTL_SECONDS,
    tenantHeader: file.routing?.session_cache?.tenant_header?.toLowerCase(),
    priceSource: readPriceSource(file, violate),
    tracing: readTracing(file, violate),
    spanAttributes: file.tracing?.span_attributes?.static ?? {},
    unsetVariables: [...unset],
  };
  if (violations.length > 0) throw invalid(violations);
  return config;
}

const VARIABLE = /\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g;

/**
 * Fills `$VAR` and `${VAR}` in every string of a parsed configuration; a variable that is not set becomes empty, as in
 * Plano. Working on parsed values lets a password hold characters that have a meaning in YAML.
 */
function substitute(value: unknown, env: Env, unset: Set<string>): unknown {
  if (typeof value === "string") {
    return value.replace(VARIABLE, (_match, braced?: string, bare?: string) => {
      const name = braced ?? bare ?? "";
      if (env[name] === undefined) unset.add(name);
      return env[name] ?? "";
    });
  }
  if (Array.isArray(value)) return value.map((each) => substitute(each, env, unset));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, substitute(child, env, unset)]));
}

type Violate = (path: string, reason: string) => void;

function readModels(file: ConfigFile, violate: Violate): Map<string, Model> {
  const models = new Map<string, Model>();
  file.model_providers.forEach(({ model: name, base_url, access_key }, index) => {
    const path = `model_providers[${index}]`;
    if (models.has(name)) violate(`${path}.model`, `${name} is configured twice`);
    const base = base_url ?? (name.startsWith("openai/") ? OPENAI_BASE_URL : undefined);
    if (base === undefined) return violate(`${path}.base_url`, `${name} needs one; only openai/… has a default`);
    const url = chatUrl(base);
    if (url === undefined) return violate(`${path}.base_url`, "must be an http:// or https:// URL");
    // OpenAI knows its models by the bare name; an upstream with a base_url of its own is asked by the full one.
    const upstreamName = base_url === undefined ? bareName(name) : name;
    models.set(name, { name, url, upstreamName, accessKey: access_key === "" ? undefined : access_key });
  });
  if (file.model_providers.filter((provider) => provider.default).length > 1) {
    violate("model_providers", "more than one model is the default");
  }
  return models;
}

function readRoutes(file: ConfigFile, models: ReadonlyMap<string, Model>, violate: Violate): readonly Route[] {
  const routes = file.routing_preferences ?? [];
  const names = routes.map((route) => route.name);
  for (const route of routes) {
    if (names.indexOf(route.name) !== names.lastIndexOf(route.name)) {
      violate("routing_preferences", `the route ${route.name} is defined twice`);
    }
    const unknown = route.models.filter((model) => !models.has(model));
    if (unknown.length > 0) {
      violate("routing_preferences", `the route ${route.name} names ${unknown.join(", ")}, not in model_providers`);
    }
  }
  return routes;
}

function findRoutingModel(file: ConfigFile, models: ReadonlyMap<string, Model>, violate: Violate): Model | undefined {
  const wanted = file.overrides?.llm_routing_model ?? DEFAULT_ROUTING_MODEL;
  const model = [...models.values()].find(({ name }) => name === wanted || bareName(name) === bareName(wanted));
  if (model === undefined) violate("overrides.llm_routing_model", `${wanted} is not in model_providers`);
  return model === undefined ? undefined : { ...model, upstreamName: bareName(model.name) };
}

function readRedisUrl({ routing }: ConfigFile, violate: Violate): string | undefined {
  if (routing?.session_cache?.type !== "redis") return undefined;
  const { url = "" } = routing.session_cache;
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) {
    violate("routing.session_cache.url", "must be a redis:// or rediss:// URL, its password percent-encoded");
  }
  return url;
}

function readPriceSource(
  { routing, model_metrics_sources: [source] = [] }: ConfigFile,
  violate: Violate,
): PriceSource | undefined {
  const budget = routing?.routing_budget;
  if (budget === undefined) return undefined;
  if (Object.keys(budget).length === 0) {
    violate("routing.routing_budget", "needs max_switch_spend_pct, or max_overhead_pct up to 0.4.30");
  }
  if (source === undefined) violate("routing.routing_budget", "needs a cost source in model_metrics_sources");
  return source && { url: source.url, refreshSeconds: source.refresh_interval };
}

function readTracing(file: ConfigFile, violate: Violate): TracingOptions | undefined {
  const { opentracing_grpc_endpoint: endpoint, random_sampling: percent = 0 } = file.tracing ?? {};
  if (endpoint === undefined) return undefined;
  const url = otlpTracesUrl(endpoint);
  if (url === undefined) violate("tracing.opentracing_grpc_endpoint", "must be an http:// URL without a path");
  return percent === 0 || url === undefined ? undefined : { samplingRatio: percent / 100, url };
}

/** `https://host/v1` → `https://host/v1/chat/completions`; a base without a path gets `/v1`. */
function chatUrl(base: string): URL | undefined {
  if (!/^https?:\/\//.test(base) || !URL.canParse(base)) return undefined;
  const url = new URL(base);
  const prefix = url.pathname.replace(/\/+$/, "");
  url.pathname = `${prefix === "" ? "/v1" : prefix}/chat/completions`;
  return url;
}

const bareName = (model: string): string => model.slice(model.indexOf("/") + 1);

const invalid = (violations: readonly string[]): StartupError =>
  new StartupError(`the config is not valid: ${violations.join("; ")}`);

function describe(error: ErrorObject): string {
  const path = error.instancePath
    .replace(/\/(\d+)/g, "[$1]")
    .replaceAll("/", ".")
    .replace(/^\./, "");
  const at = path === "" ? "top level" : path;
  if (error.keyword === "additionalProperties") {
    return `${at}: ${String(error.params["additionalProperty"])} is not supported by the stand-in`;
  }
  if (error.keyword === "const") return `${at}: must be ${JSON.stringify(error.params["allowedValue"])}`;
  if (error.keyword === "enum") return `${at}: must be one of ${String(error.params["allowedValues"])}`;
  return `${at}: ${error.message ?? error.keyword}`;
}

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
