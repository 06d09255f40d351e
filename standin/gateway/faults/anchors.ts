import type { AnchorFaultName } from "../../fault-names";
import { type Anchor, decodeAnchor } from "../anchor";
import { type Bug, storeWith } from "./fault";

/** How long prices stay away, in milliseconds: longer than a run. */
const PRICE_DELAY_MS = 600_000;

/** Bugs that only a gateway can have that writes a session's anchor with every request. */
export const anchorFaults = {
  "late-refresh": {
    imitates: "a late refresh brings back an anchor that another replica has already moved",
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
    imitates: "the new anchor is written with SET NX, and the old one's key is still there",
    change: storeWith((store) => ({
      async put(key, value, ttl) {
        const before = decodeAnchor((await store.get(key)) ?? "");
        if (before === undefined || before.anchor_model === decodeAnchor(value)?.anchor_model) await store.put(key, value, ttl);
      },
    })),
  },
  "no-refresh": {
    imitates: "an anchor is never refreshed, so a session in use loses it",
    change: storeWith((store) => ({
      async put(key, value, ttl) {
        const before = decodeAnchor((await store.get(key)) ?? "");
        if (before?.anchor_model !== decodeAnchor(value)?.anchor_model) await store.put(key, value, ttl);
      },
    })),
  },
  "hold-by-key": {
    imitates: "an anchor holds until its key expires, a minute after the provider's cache goes cold",
    change: storeWith((store) => ({
      async get(key) {
        const anchor = decodeAnchor((await store.get(key)) ?? "");
        return anchor && JSON.stringify({ ...anchor, last_used: Date.now() / 1_000 });
      },
    })),
  },
  "late-prices": {
    imitates: "prices are fetched after the replica is ready: until then every change of model is free",
    change: () => ({ priceDelayMs: PRICE_DELAY_MS }),
  },
} satisfies { readonly [name in AnchorFaultName]: Bug };
