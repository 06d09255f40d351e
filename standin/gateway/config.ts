import Ajv from "ajv";
import { parse } from "yaml";
import { StartupError } from "../program";
import { configSchema, type ConfigFile, playedFields } from "./config-schema";
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
  /** What the file has and only Plano serves. */
  readonly notPlayed: readonly string[];
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
 * @throws StartupError on one line with what is wrong, each with its path in the file
 */
export function parseConfig(text: string, env: NodeJS.ProcessEnv): GatewayConfig {
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw new StartupError(`the config is not valid YAML: ${(error as Error).message.split("\n")[0]}`);
  }
  const unset = new Set<string>();
  const file = substitute(document, env, unset);
  if (!validate(file)) {
    const wrong = validate.errors?.map((it) => `config${it.instancePath}: ${it.message} ${JSON.stringify(it.params)}`);
    throw new StartupError(`the config is not valid: ${wrong?.join("; ")}`);
  }

  const all = readModels(file);
  const routes = file.routing_preferences ?? [];
  return {
    port: file.listeners.find(({ type }) => type === "model")?.port ?? DEFAULT_PORT,
    models: new Map([...all].filter(([name]) => !name.startsWith("plano/"))),
    routes,
    routingModel: routes.length === 0 ? undefined : findRoutingModel(file, all),
    redisUrl: readRedisUrl(file),
    sessionTtlSeconds: file.routing?.session_ttl_seconds ?? DEFAULT_TTL_SECONDS,
    tenantHeader: file.routing?.session_cache?.tenant_header?.toLowerCase(),
    priceSource: readPriceSource(file),
    tracing: readTracing(file),
    spanAttributes: file.tracing?.span_attributes?.static ?? {},
    unsetVariables: [...unset],
    notPlayed: [
      ...Object.keys(file).filter((it) => !playedFields.includes(it)),
      ...file.listeners.filter(({ type }) => type !== "model").map(({ name }) => `listener ${name}`),
    ],
  };
}

const VARIABLE = /\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g;

/**
 * Fills `$VAR` and `${VAR}` in every string of a parsed configuration; a variable that is not set becomes empty, as in
 * Plano. Working on parsed values lets a password hold characters that have a meaning in YAML.
 */
function substitute(document: unknown, env: NodeJS.ProcessEnv, unset: Set<string>): unknown {
  const fill = (text: string): string =>
    text.replace(VARIABLE, (_match, braced?: string, bare?: string) => {
      const name = braced ?? bare ?? "";
      if (env[name] === undefined) unset.add(name);
      return env[name] ?? "";
    });
  return JSON.parse(JSON.stringify(document), (_key, value: unknown) => (typeof value === "string" ? fill(value) : value));
}

function refuse(path: string, reason: string): never {
  throw new StartupError(`the config is not valid: ${path}: ${reason}`);
}

function readModels(file: ConfigFile): Map<string, Model> {
  const models = new Map<string, Model>();
  file.model_providers.forEach(({ model, name = model, base_url, access_key }, index) => {
    const path = `config/model_providers/${index}`;
    const base = base_url ?? (model.startsWith("openai/") ? OPENAI_BASE_URL : undefined);
    const url = chatUrl(base ?? refuse(`${path}/base_url`, `${name} needs one; only openai/… has a default`));
    // OpenAI knows its models by the bare name; an upstream with a base_url of its own is asked by the full one.
    const upstreamName = base_url === undefined ? bareName(model) : model;
    models.set(name, {
      name,
      url: url ?? refuse(`${path}/base_url`, "must be an http:// or https:// URL"),
      upstreamName,
      accessKey: access_key === "" ? undefined : access_key,
    });
  });
  return models;
}

function findRoutingModel(file: ConfigFile, models: ReadonlyMap<string, Model>): Model {
  const wanted = file.overrides?.llm_routing_model ?? DEFAULT_ROUTING_MODEL;
  const model = [...models.values()].find(({ name }) => name === wanted || bareName(name) === bareName(wanted));
  if (model === undefined) return refuse("config/overrides/llm_routing_model", `${wanted} is not in model_providers`);
  return { ...model, upstreamName: bareName(model.name) };
}

function readRedisUrl({ routing }: ConfigFile): string | undefined {
  if (routing?.session_cache?.type !== "redis") return undefined;
  const { url = "" } = routing.session_cache;
  try {
    const { username, password } = new URL(url);
    decodeURIComponent(username + password);
    // In small letters: the client takes `REDISS://` for a Redis without TLS.
    if (/^rediss?:\/\//i.test(url)) return url.replace(/^\w+/, (it) => it.toLowerCase());
  } catch {
    // Refused as what is no Redis' is.
  }
  return refuse("config/routing/session_cache/url", "must be a redis:// or rediss:// URL, its password percent-encoded");
}

function readPriceSource({ routing, model_metrics_sources: sources = [] }: ConfigFile): PriceSource | undefined {
  if (routing?.routing_budget === undefined) return undefined;
  const { url = "", refresh_interval } =
    sources.find(({ type }) => type === "cost") ??
    refuse("config/routing/routing_budget", "needs a cost source in model_metrics_sources");
  return { url, refreshSeconds: refresh_interval };
}

function readTracing(file: ConfigFile): TracingOptions | undefined {
  const { opentracing_grpc_endpoint: endpoint, random_sampling: percent = 0 } = file.tracing ?? {};
  if (endpoint === undefined) return undefined;
  const url = otlpTracesUrl(endpoint);
  if (url === undefined) return refuse("config/tracing/opentracing_grpc_endpoint", "must be an http:// URL without a path");
  return percent === 0 ? undefined : { samplingRatio: percent / 100, url };
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
