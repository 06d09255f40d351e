import { relative, resolve } from "node:path";
import { isMap, LineCounter, parseDocument } from "yaml";
import type { Parser } from "../parsers";
import { textFile } from "../text-file";
import type { ConfigPath } from "./config-schema";

export interface ModelProvider {
  readonly model: string;
  readonly name?: string;
  readonly default?: boolean;
  readonly access_key?: string;
  readonly base_url?: string;
  readonly routing_preferences?: readonly Pick<RoutingPreference, "name" | "description">[];
  readonly [field: string]: unknown;
}

export interface Listener {
  readonly type: string;
  readonly name: string;
  readonly address?: string;
  readonly port?: number;
  readonly [field: string]: unknown;
}

export interface RoutingPreference {
  readonly name: string;
  readonly description: string;
  readonly models: readonly string[];
}

/** A `plano_config.yaml`, as far as the stack looks at it. */
export interface PlanoConfig {
  readonly version: string;
  readonly listeners?: readonly Listener[] | { readonly [direction: string]: Omit<Listener, "type" | "name"> };
  readonly model_providers?: readonly ModelProvider[];
  readonly routing_preferences?: readonly RoutingPreference[];
  readonly overrides?: object;
  readonly routing?: {
    readonly session_ttl_seconds?: number;
    readonly session_cache?: { readonly type?: string; readonly url?: string; readonly tenant_header?: string };
    readonly routing_budget?: { readonly [field: string]: unknown };
  };
  readonly model_metrics_sources?: readonly { readonly type: string }[];
  readonly tracing?: {
    readonly random_sampling?: number;
    readonly opentracing_grpc_endpoint?: string;
    readonly span_attributes?: { readonly static?: { readonly [name: string]: string } };
  };
  readonly [field: string]: unknown;
}

/** A configuration of the user's. */
export interface GatewayConfig {
  /** As the user may find it from here. */
  readonly file: string;
  /** In the form of today: providers by their new name, preferences in one list. */
  readonly document: PlanoConfig;
  /** Line and column of a value, from 1. */
  readonly placeOf: (path: ConfigPath) => string;
}

/** A ConfigMap holds 1 MiB, and the gateway's script beside it. */
const mostKiB = 256;

/** The path of a `plano_config.yaml`. Plano's own reader knows YAML 1.1. */
export const gatewayConfig: Parser<GatewayConfig> = (path) => {
  const file = relative("", resolve(path));
  const bad = (reason: string) => ({ reason: `${file}: ${reason}` });
  const read = textFile(path, mostKiB);
  if ("reason" in read) return bad(read.reason);
  const lineCounter = new LineCounter();
  const source = parseDocument(read.value, { version: "1.1", lineCounter, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lineCounter.linePos(offset);
    return `${line}:${col}`;
  };
  const [error] = source.errors;
  if (error !== undefined) return { reason: `${file}:${at(error.pos[0])}: it is no YAML: ${error.message}` };
  if (!isMap(source.contents)) return bad("it is no object in YAML");
  const placeOf = ([field, ...rest]: ConfigPath): string => {
    const old = field === "model_providers" && source.has("llm_providers");
    const path = field === undefined ? [] : [old ? "llm_providers" : field, ...rest];
    // A field that is missing is looked for where its object is.
    for (let depth = path.length; depth > 0; depth--) {
      const node = source.getIn(path.slice(0, depth), true) as { readonly range?: readonly number[] } | undefined;
      if (node?.range?.[0] !== undefined) return at(node.range[0]);
    }
    return "1:1";
  };
  const { llm_providers, ...others } = source.toJS({ maxAliasCount: 1_000 }) as Record<string, unknown>;
  const document = { ...(llm_providers !== undefined && { model_providers: llm_providers }), ...others };
  return { value: { file, document: document as unknown as PlanoConfig, placeOf } };
};

/** The listeners, in the form before 0.4 too. */
export function listenersOf({ listeners = [] }: PlanoConfig): readonly Listener[] {
  if (Array.isArray(listeners)) return listeners as readonly Listener[];
  const types: Readonly<Record<string, string>> = { ingress_traffic: "prompt", egress_traffic: "model" };
  // As Plano itself makes the one of the other.
  return Object.entries(listeners).map(([name, { message_format: _, ...it }]) => ({ ...it, name, type: types[name] ?? name }));
}

/**
 * All routes: those of the list, and those that providers have in the form before 0.4, which Plano itself knows from 0.4.22
 * on, and up to there takes and never uses.
 */
export function routesOf({ routing_preferences: listed = [], model_providers = [] }: PlanoConfig): readonly RoutingPreference[] {
  const routes = new Map(listed.map((it) => [it.name, it]));
  for (const { model, routing_preferences: own = [] } of model_providers)
    for (const { name, description } of own) {
      const before = routes.get(name);
      if (before === undefined || !listed.includes(before))
        routes.set(name, { name, description: before?.description ?? description, models: [...(before?.models ?? []), model] });
    }
  return [...routes.values()];
}

/** Variables that the stack itself gives to the gateway. */
export const ownVariables: readonly string[] = ["POD_NAME", "REDIS_PASSWORD", "REDIS_URL"];

/** Names of `$VARIABLES` that a configuration's texts hold. GNU envsubst fills them in when the container starts. */
export function variablesIn(config: object): string[] {
  const found = JSON.stringify(config).matchAll(/\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g);
  return [...new Set([...found].map(([, braced, bare]) => braced ?? bare ?? ""))];
}
