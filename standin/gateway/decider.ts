import type { Span } from "@opentelemetry/api";
import type { ChatRequest } from "../chat";
import type { Affinity } from "./affinity";
import type { GatewayParts } from "./parts";
import type { Pin, Session } from "./pin";
import type { Router } from "./router";
import { formatTraceparent } from "./traceparent";

export interface Decision {
  /** Names of configured models, best first. */
  readonly models: readonly [string, ...string[]];
  readonly route: string | null;
  /** Whether the decision was kept from an earlier request. */
  readonly pinned: boolean;
}

/** A request for which a model is to be decided on. */
export interface DecisionRequest {
  readonly chat: ChatRequest;
  readonly session: Session | undefined;
  readonly authorization?: string;
  readonly signal: AbortSignal;
  /** Opens the span that asking the routing model is recorded on; ended here. */
  readonly startRoutingSpan: () => Span;
}

/** Decides which model serves a request. */
export interface ModelDecider {
  decide(request: DecisionRequest): Promise<Decision>;
}

/** Decides as Plano 0.4.19 to 0.4.27 do: the session's pin, else the routing model's choice, else the one asked for. */
export class Decider implements ModelDecider {
  constructor(
    private readonly parts: GatewayParts,
    private readonly affinity: Affinity,
    private readonly router: Router,
  ) {}

  async decide(request: DecisionRequest): Promise<Decision> {
    const { session } = request;
    const pin = session && (await this.affinity.find(session));
    if (pin !== undefined) {
      if (this.parts.alwaysRoute) await routed(this.router, request);
      return { models: [pin.modelName], route: pin.routeName, pinned: true };
    }
    const choice = await routed(this.router, request);
    if (session === undefined) return choice;
    const own: Pin = { modelName: choice.models[0], routeName: choice.route };
    const kept = await this.affinity.keep(session, own, request.chat.model);
    return kept === own ? choice : { models: [kept.modelName], route: kept.routeName, pinned: true };
  }
}

/** Asks the routing model, on a span of its own: its route's models, or where none fits the model that was asked for. */
export async function routed(
  router: Router,
  { chat, authorization, signal, startRoutingSpan }: DecisionRequest,
): Promise<Decision> {
  const startedAt = performance.now();
  const span = startRoutingSpan();
  try {
    const traceparent = formatTraceparent(span.spanContext());
    const route = await router.route(chat, { traceparent, authorization, signal });
    span.setAttribute("route.selected_model", route?.models[0] ?? "none");
    const [best = chat.model, ...others] = route?.models ?? [];
    return { models: [best, ...others], route: route?.name ?? null, pinned: false };
  } finally {
    span.setAttribute("routing.determination_ms", Math.round(performance.now() - startedAt));
    span.end();
  }
}
