import type { Span } from "@opentelemetry/api";
import { type ChatRequest, tokensOf } from "../chat";
import { decodeAnchor, nextAnchor, prefixHash } from "./anchor";
import type { Route } from "./config";
import type { Metrics } from "./metrics";
import type { Decision, GatewayParts } from "./parts";
import type { Session } from "./pin";
import type { Rates } from "./prices";
import { formatTraceparent } from "./traceparent";
import type { UpstreamRequest } from "./upstream";

/** A request for which a model is to be decided on. */
export interface DecisionRequest {
  readonly chat: ChatRequest;
  readonly session: Session | undefined;
  readonly authorization?: string;
  readonly signal: AbortSignal;
  /** Opens the span of the question to the routing model; it is ended here. */
  readonly startRoutingSpan: () => Span;
}

/** Decides which model serves a request. */
export type Decider = (request: DecisionRequest) => Promise<Decision>;

/** What deciders work with. */
export interface DeciderParts {
  readonly parts: GatewayParts;
  readonly metrics: Metrics;
  /** Asks the routing model; undefined where no route fits. */
  readonly route: (chat: ChatRequest, context: Omit<UpstreamRequest, "body">) => Promise<Route | undefined>;
}

/** Decides as Plano 0.4.19 to 0.4.27 do: by the session's pin, else by the routing model. The last pin to be written wins. */
export function pinningDecider({ parts, metrics, route }: DeciderParts): Decider {
  const { store, key, encode, decode, ttlSeconds, alwaysRoute } = parts;
  return async (request) => {
    const { session, chat } = request;
    if (session === undefined) return routed(route, request);
    const value = await store.get(key(session));
    const pin = value === undefined ? undefined : decode(value);
    metrics.cacheEvent(pin === undefined ? "miss" : "hit");
    if (pin !== undefined) {
      if (alwaysRoute) await routed(route, request);
      return { models: [pin.modelName], route: pin.routeName, pinned: true };
    }
    const choice = await routed(route, request);
    metrics.cacheEvent("store");
    await store.put(key(session), encode({ modelName: choice.models[0], routeName: choice.route }, chat.model), ttlSeconds);
    return choice;
  };
}

/** What holds sessions on their model in Plano 0.4.28 and later. */
export interface AnchorTerms {
  /** Life of an anchor, in seconds; every request starts it anew. */
  readonly seconds: number;
  /** Undefined: nothing holds them. */
  readonly budget: { readonly percent: number; readonly prices: (model: string) => Rates | undefined } | undefined;
}

/** Decides as Plano 0.4.28 and later do: asks the routing model on every turn, and a budget may hold the session. */
export function anchoringDecider({ parts, metrics, route }: DeciderParts, { seconds, budget }: AnchorTerms): Decider {
  return async (request) => {
    const { session, chat } = request;
    const choice = await routed(route, request);
    if (session === undefined) return choice;
    const key = parts.key(session);
    const value = await parts.store.get(key);
    const before = value === undefined ? undefined : decodeAnchor(value);
    metrics.cacheEvent(before === undefined ? "miss" : "hit");
    const [candidate] = choice.models;
    const after = nextAnchor(before, {
      candidate,
      route: choice.route,
      prefixHash: prefixHash(chat, session.tenant),
      tokens: tokensOf(chat.messages),
      now: Date.now(),
      budgetPercent: budget?.percent,
      prices: budget?.prices ?? (() => undefined),
    });
    metrics.cacheEvent("store");
    await parts.store.put(key, JSON.stringify(after), seconds);
    if (after.anchor_model === candidate) return { ...choice, pinned: before?.anchor_model === candidate };
    return { models: [after.anchor_model], route: after.route_name ?? null, pinned: true };
  };
}

/** Asks the routing model, on a span of its own: its route's models, or where none fits the requested model. */
async function routed(route: DeciderParts["route"], request: DecisionRequest): Promise<Decision> {
  const { chat, authorization, signal, startRoutingSpan } = request;
  const startedAt = performance.now();
  const span = startRoutingSpan();
  try {
    const found = await route(chat, { traceparent: formatTraceparent(span.spanContext()), authorization, signal });
    span.setAttribute("route.selected_model", found?.models[0] ?? "none");
    const [best = chat.model, ...others] = found?.models ?? [];
    return { models: [best, ...others], route: found?.name ?? null, pinned: false };
  } finally {
    span.setAttribute("routing.determination_ms", Math.round(performance.now() - startedAt));
    span.end();
  }
}
