import { decodeAnchor, nextAnchor, prefixHash, tokensOf } from "./anchor";
import { type Decision, type DecisionRequest, type ModelDecider, routed } from "./decider";
import type { Metrics } from "./metrics";
import type { GatewayParts } from "./parts";
import type { Prices } from "./prices";
import type { Router } from "./router";

/** What holds sessions on their model. */
export interface AnchorTerms {
  /** Life of an anchor, in seconds, begun anew by every request. */
  readonly seconds: number;
  /** Undefined: nothing holds them. */
  readonly budget: { readonly percent: number; readonly prices: Prices } | undefined;
}

/** Decides as Plano 0.4.28 and later do: the routing model is asked on every turn, and a budget may hold the session. */
export class AnchoredDecider implements ModelDecider {
  constructor(
    private readonly parts: GatewayParts,
    private readonly metrics: Metrics,
    private readonly router: Router,
    private readonly terms: AnchorTerms,
  ) {}

  async decide(request: DecisionRequest): Promise<Decision> {
    const { session, chat } = request;
    const choice = await routed(this.router, request);
    if (session === undefined) return choice;
    const { store } = this.parts;
    const { seconds, budget } = this.terms;
    const key = this.parts.key(session);
    const value = await store.get(key);
    const before = value === undefined ? undefined : decodeAnchor(value);
    this.metrics.cacheEvent(before === undefined ? "miss" : "hit");
    const [candidate] = choice.models;
    const after = nextAnchor(before, {
      candidate,
      route: choice.route,
      prefixHash: prefixHash(chat, session.tenant),
      tokens: tokensOf(chat),
      now: Date.now(),
      budgetPercent: budget?.percent,
      prices: (model) => budget?.prices.of(model),
    });
    this.metrics.cacheEvent("store");
    await store.put(key, JSON.stringify(after), seconds);
    if (after.anchor_model === candidate) return { ...choice, pinned: before?.anchor_model === candidate };
    return { models: [after.anchor_model], route: after.route_name ?? null, pinned: true };
  }
}
