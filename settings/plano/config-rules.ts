import { type ConfigPath, type ConfigProblem, schemaProblems } from "./config-schema";
import { listenersOf, type PlanoConfig, routesOf } from "./gateway-config";

/** What the settings say of things that a configuration says too. */
export interface ConfigTerms {
  readonly planoVersion: string;
  readonly sessionTtlSeconds: number;
  readonly tenantHeader: string | undefined;
  /** Whether the proof looks up the trace of every request. */
  readonly traced: boolean;
  /** Whether the stub takes the providers' place. */
  readonly stubbed: boolean;
}

/** The model listener's port, which the Service leads to. */
const modelPort = 12_000;

/** Where Plano's own programs listen. */
const ownPorts = [9_091, 9_092, 9_901, 10_001, 11_000, 12_001];

/** Providers that the schema knows and the image's proxy does not (0.4.22 to 0.4.36). */
const withoutCluster = /^(vercel|openrouter|edenai)\//;

/**
 * What is wrong with a configuration: what the release's schema says; what Plano accepts and then does not start or route
 * with; and what contradicts the stack.
 *
 * Source: Plano's sources, 0.4.19 to 0.4.36: `config_generator.py`, `envoy.template.yaml`, `crates/brightstaff`.
 */
export function configProblems(config: PlanoConfig, terms: ConfigTerms): ConfigProblem[] {
  const wrong = schemaProblems(config, terms.planoVersion);
  return wrong.length > 0 ? wrong : [...modelProblems(config, terms), ...listenerProblems(config), ...conflicts(config, terms)];
}

function modelProblems(config: PlanoConfig, { stubbed }: ConfigTerms): ConfigProblem[] {
  const { model_providers: providers = [], routing_preferences: listed = [] } = config;
  const found: ConfigProblem[] = [];
  if (providers.length === 0) found.push({ path: ["model_providers"], reason: "there is none, and a session needs a model" });
  const defaults = providers.flatMap((it, index) => (it.default ? [index] : []));
  for (const index of defaults.slice(1))
    found.push({
      path: ["model_providers", index, "default"],
      reason: "there is another default, and Plano starts with one only",
    });
  providers.forEach(({ model, base_url }, index) => {
    if (!stubbed && base_url === undefined && withoutCluster.test(model))
      found.push({ path: ["model_providers", index], reason: `Plano does not start with ${model} unless it has a base_url` });
  });
  const names = new Set(providers.flatMap(({ name, model }) => [name ?? model, model.slice(model.indexOf("/") + 1)]));
  listed.forEach(({ models }, route) =>
    models.forEach((model, index) => {
      if (!names.has(model))
        found.push({
          path: ["routing_preferences", route, "models", index],
          reason: `${model} is the name of no provider; there are ${[...names].join(", ")}`,
        });
    }),
  );
  return found;
}

function listenerProblems(config: PlanoConfig): ConfigProblem[] {
  const found: ConfigProblem[] = [];
  const taken = new Map<number, string>(ownPorts.map((port) => [port, "Plano's own programs"]));
  const isList = Array.isArray(config.listeners);
  listenersOf(config).forEach(({ type, name, port, address = "0.0.0.0" }, index) => {
    const path: ConfigPath = ["listeners", isList ? index : name];
    const refuse = (field: string, reason: string): void => void found.push({ path: [...path, field], reason });
    if (type === "model" && (port ?? modelPort) !== modelPort)
      refuse("port", `the stack's Service leads to port ${modelPort} of the model listener`);
    else if (port === undefined) refuse("port", "Plano does not start without one");
    else if (taken.has(port)) refuse("port", `${port} is taken by ${taken.get(port)}`);
    else if (port > 65_535) refuse("port", `${port} is no port`);
    else taken.set(port, `the listener ${name}`);
    if (address !== "0.0.0.0") refuse("address", "a pod is reached by its own address: write 0.0.0.0, or leave it out");
  });
  return found;
}

/** What would undo what the stack puts in. */
function conflicts({ routing, tracing }: PlanoConfig, { sessionTtlSeconds, tenantHeader, traced }: ConfigTerms): ConfigProblem[] {
  const { session_ttl_seconds: ttl = sessionTtlSeconds, session_cache: cache } = routing ?? {};
  const { tenant_header: header = tenantHeader } = cache ?? {};
  const { random_sampling: sampling = 100, opentracing_grpc_endpoint: collector } = tracing ?? {};
  const inCache = (field: string): ConfigPath => ["routing", "session_cache", field];
  const rules: readonly (readonly [wrong: boolean, path: ConfigPath, reason: string])[] = [
    [cache?.type === "memory", inCache("type"), "a cache in each replica's memory shares no pins; leave session_cache out"],
    [
      cache?.url !== undefined,
      inCache("url"),
      "the stack puts its own Redis there, or that of the setting redisUrl; leave it out",
    ],
    [header?.toLowerCase() !== tenantHeader?.toLowerCase(), inCache("tenant_header"), `pulumi config set tenantHeader ${header}`],
    [
      ttl !== sessionTtlSeconds,
      ["routing", "session_ttl_seconds"],
      `pulumi config set sessionTtlSeconds ${ttl}, or leave it out`,
    ],
    [
      traced && sampling !== 100,
      ["tracing", "random_sampling"],
      "the check traces looks up every request: write 100, or leave traces out of proof.checks",
    ],
    [
      collector !== undefined,
      ["tracing", "opentracing_grpc_endpoint"],
      `the stack puts in its own Jaeger: leave it out, or pulumi config set otlpEndpoint ${collector}`,
    ],
  ];
  return rules.flatMap(([wrong, path, reason]) => (wrong ? [{ path, reason }] : []));
}

/** Access keys that are written into the file itself, which everybody who may read the ConfigMap sees. */
export function keysInClear({ model_providers: providers = [] }: PlanoConfig): ConfigPath[] {
  return providers.flatMap(({ access_key: key }, index) =>
    key !== undefined && key.length >= 8 && !key.includes("$") ? [["model_providers", index, "access_key"]] : [],
  );
}

/** The model that is asked for where none is named: the default one, else the first. A wildcard names none. */
export function defaultModelOf({ model_providers: providers = [] }: PlanoConfig): string | undefined {
  const named = providers.filter(({ model }) => !model.includes("*") && !model.startsWith("plano/"));
  const chosen = named.find((it) => it.default) ?? named[0];
  return chosen?.name ?? chosen?.model;
}

/** Every model that the configuration can lead to, as pins name it. */
export function modelsOf(config: PlanoConfig): string[] {
  const named = (config.model_providers ?? []).map(({ name, model }) => name ?? model);
  return [...new Set([...named, ...routesOf(config).flatMap(({ models }) => models)])].filter((it) => !it.includes("*"));
}

/** Ports of the listeners beside the model listener. */
export function furtherPorts(config: PlanoConfig): number[] {
  return listenersOf(config).flatMap(({ type, port }) => (type !== "model" && port !== undefined ? [port] : []));
}
