import { Counter } from "prom-client";
import type { ChatRequest } from "../chat";
import { decodeAnchor, nextAnchor, prefixHash } from "./anchor";
import type { Decision, GatewayParts } from "./parts";
import type { Session } from "./pin";
import type { Rates } from "./prices";

const cacheEvents = new Counter({
  name: "brightstaff_session_cache_events_total",
  help: "Look-ups and stores of session pins, by outcome, under the name of Plano 0.4.27.",
  labelNames: ["outcome"] as const,
});
for (const outcome of ["hit", "miss", "store"]) cacheEvents.inc({ outcome }, 0);

/** Decides which model serves a request; `route` asks the routing model. */
export type Decider = (chat: ChatRequest, session: Session | undefined, route: () => Promise<Decision>) => Promise<Decision>;

/** Decides as Plano 0.4.19 to 0.4.27 do: by the session's pin, else by the routing model. The last pin to be written wins. */
export function pinningDecider(parts: GatewayParts): Decider {
  const { store, key, encode, decode, ttlSeconds, alwaysRoute } = parts;
  return async (chat, session, route) => {
    if (session === undefined) return route();
    const value = await store.get(key(session));
    const pin = value === undefined ? undefined : decode(value);
    cacheEvents.inc({ outcome: pin === undefined ? "miss" : "hit" });
    if (pin !== undefined) {
      if (alwaysRoute) await route();
      return { models: [pin.modelName], route: pin.routeName, pinned: true };
    }
    const choice = await route();
    cacheEvents.inc({ outcome: "store" });
    await store.put(key(session), encode({ modelName: choice.models[0], routeName: choice.route }, chat.model), ttlSeconds);
    return choice;
  };
}

/**
 * Decides as Plano 0.4.28 and later do: asks the routing model on every turn, and a budget may hold the session.
 *
 * @param warmSeconds for how long an anchor holds; every request starts its life anew
 * @param prices undefined: there is no budget
 */
export function anchoringDecider(
  { store, key, ttlSeconds }: GatewayParts,
  warmSeconds: number,
  prices: ((model: string) => Rates | undefined) | undefined,
): Decider {
  return async (chat, session, route) => {
    const choice = await route();
    if (session === undefined) return choice;
    const value = await store.get(key(session));
    const before = value === undefined ? undefined : decodeAnchor(value);
    cacheEvents.inc({ outcome: before === undefined ? "miss" : "hit" });
    const [candidate] = choice.models;
    const prefix = prefixHash(chat, session.tenant);
    const turn = { candidate, route: choice.route, prefixHash: prefix, now: Date.now(), prices, warmSeconds };
    const after = nextAnchor(before, turn);
    cacheEvents.inc({ outcome: "store" });
    await store.put(key(session), JSON.stringify(after), ttlSeconds);
    if (after.anchor_model === candidate) return { ...choice, pinned: before?.anchor_model === candidate };
    return { models: [after.anchor_model], route: after.route_name ?? null, pinned: true };
  };
}
