import type { AnchorFaultName } from "../../fault-names";
import { type Anchor, decodeAnchor } from "../anchor";
import { type Bug, storeWith } from "./fault";

/** How long prices stay away, in milliseconds: longer than a run. */
const PRICE_DELAY_MS = 600_000;

/** Bugs that only a gateway can have that writes a session's anchor with every request. */
export const anchorFaults = {
  "late-refresh": {
    imitates: "a refresh that comes late, and unasked, brings back the anchor of before another replica had moved the session",
    change: storeWith((store) => {
      const latest = new Map<string, Anchor>();
      return {
        async put(key, value, ttl) {
          await store.put(key, value, ttl);
          const now = decodeAnchor(value);
          const refreshed = latest.get(key);
          if (now === undefined) return;
          latest.set(key, now);
          // The refresh of the request before, by the clock of now.
          if (refreshed) await store.put(key, JSON.stringify({ ...refreshed, last_used: now.last_used }), ttl);
        },
      };
    }),
  },
  "reroute-not-written": {
    imitates: "a session that is routed anew is written with SET NX, which the key of its old anchor refuses",
    change: storeWith((store) => ({
      async put(key, value, ttl) {
        const before = decodeAnchor((await store.get(key)) ?? "");
        if (before === undefined || before.anchor_model === decodeAnchor(value)?.anchor_model) await store.put(key, value, ttl);
      },
    })),
  },
  "no-refresh": {
    imitates: "an anchor that holds is not written again, so that sessions in use lose it a life after their first request",
    change: storeWith((store) => ({
      async put(key, value, ttl) {
        const before = decodeAnchor((await store.get(key)) ?? "");
        if (before?.anchor_model !== decodeAnchor(value)?.anchor_model) await store.put(key, value, ttl);
      },
    })),
  },
  "hold-by-key": {
    imitates: "an anchor holds as long as its key is there, a minute longer than the provider's cache stays warm",
    change: storeWith((store) => ({
      async get(key) {
        const anchor = decodeAnchor((await store.get(key)) ?? "");
        return anchor && JSON.stringify({ ...anchor, last_used: Date.now() / 1_000 });
      },
    })),
  },
  "late-prices": {
    imitates: "the price list is fetched after the replica is ready: until it is there every change of model is free",
    change: () => ({ priceDelayMs: PRICE_DELAY_MS }),
  },
} satisfies { readonly [name in AnchorFaultName]: Bug };
