import { bytes } from "../redis-pin-store";
import { type FaultTable, storeWith } from "./fault";

/** The request of a session, counted from 1, at which its pin is lost. */
const REROUTED_REQUEST = 3;

/** Bugs in how long a pin lives. */
export const lifetimeFaults = {
  "ttl-extended-on-read": {
    imitates: "a sliding lifetime: each read starts it anew",
    change: storeWith((store, { redis }, ttlSeconds) => ({
      async get(key) {
        const value = await store.get(key);
        if (value !== undefined && ttlSeconds !== undefined) await redis.expire(bytes(key), ttlSeconds);
        return value;
      },
    })),
  },
  "ttl-wrong": {
    imitates: "the lifetime is ten times too long: a unit mixed up, a setting not read",
    change: ({ ttlSeconds = 0 }) => ({ ttlSeconds: ttlSeconds * 10 }),
  },
  "ttl-too-short": {
    imitates: "the lifetime is a tenth of what is configured: pins run out while their sessions go on",
    change: ({ ttlSeconds = 0 }) => ({ ttlSeconds: Math.max(1, Math.floor(ttlSeconds / 10)) }),
  },
  "ttl-missing": {
    imitates: "SET without EX: pins live until Redis is full",
    change: () => ({ ttlSeconds: undefined }),
  },
  "reroute-on-third": {
    imitates: "a pin is spent after a number of reads: every third request of a session is routed anew",
    change: storeWith((store, { redis }, ttlSeconds = 600) => ({
      async get(key) {
        const counter = bytes(`${key}:requests`);
        const count = await redis.incr(counter);
        await redis.expire(counter, ttlSeconds);
        return count % REROUTED_REQUEST === 0 ? undefined : store.get(key);
      },
    })),
  },
  "no-reconnect": {
    imitates: "a lost connection to Redis is never made again, whatever the settings say (Plano 0.4.19 to 0.4.31)",
    forbidsReconnect: true,
  },
} satisfies FaultTable;
