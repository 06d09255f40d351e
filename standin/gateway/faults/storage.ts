import { MemoryPinStore } from "../pin";
import { bytes } from "../redis-pin-store";
import { DAY_SECONDS, type FaultTable, isChosenReplica, storeWith } from "./fault";

/** How long a pin is served from a cache that is stale for a while, in seconds. */
const STALE_SECONDS = 3;

/** How long a queue in front of Redis holds a pin back, in milliseconds. */
const QUEUE_MS = 5_000;

/** How long after an answer its claim reaches Redis, in milliseconds. */
const CLAIM_MS = 20;

/** A logical database of Redis that no configuration names; a server has 16 by default. */
const OTHER_DATABASE = 15;

/** The request of a session, counted from 1, at which its pin is lost. */
const REROUTED_REQUEST = 3;

/** Bugs in where and when pins are written. */
export const storageFaults = {
  "memory-cache": {
    imitates: "session_cache.type left at its default: each replica keeps pins in its own memory",
    change: () => ({ store: new MemoryPinStore() }),
  },
  "local-cache-first": {
    imitates: "an in-process cache in front of Redis that never expires",
    change: localFirst(true, () => undefined),
  },
  "stale-cache": {
    imitates: "an in-process cache in front of Redis that is up to three seconds out of date",
    change: localFirst(true, () => STALE_SECONDS),
  },
  "race-split": {
    imitates: "a replica trusts the pins that it wrote itself, so concurrent first requests stay split",
    change: localFirst(false, (ttl) => ttl),
  },
  "local-claim": {
    imitates: "a replica claims a session in memory before Redis confirms, and keeps its claim after losing",
    change: storeWith((store, { redis }) => {
      const claims = new MemoryPinStore();
      return {
        get: async (key) => (await claims.get(key)) ?? store.get(key),
        async put(key, value, ttl = DAY_SECONDS) {
          const isRefresh = (await claims.get(key)) !== undefined;
          await claims.put(key, value, ttl);
          // As a refresh it overwrites the winner's.
          if (isRefresh) await store.put(key, value, ttl);
          else setTimeout(() => void redis.set(bytes(key), value, "EX", ttl, "NX").catch(() => undefined), CLAIM_MS);
        },
      };
    }),
  },
  "other-database": {
    imitates: "one replica uses another logical database of the same Redis",
    async change(_healthy, context) {
      if (await isChosenReplica(context)) await context.redis.select(OTHER_DATABASE);
      return {};
    },
  },
  "no-pin-write": {
    imitates: "the write to Redis fails, and the error is swallowed",
    change: storeWith(() => ({ put: async () => {} })),
  },
  "late-pin-write": {
    imitates: "a queue writes pins seconds late, long after the answer",
    change: storeWith((store) => ({
      put: async (key, value, ttl) => void setTimeout(() => void store.put(key, value, ttl), QUEUE_MS),
    })),
  },
  "last-write-wins": {
    imitates: "the look-up fails, and the error is swallowed: every request is routed anew and overwrites the pin",
    change: storeWith(() => ({ get: async () => undefined })),
  },
  "value-of-another-session": {
    imitates: "a reused buffer: the key holds the decision for the session before",
    change: storeWith((store) => {
      let before: string | undefined;
      return {
        async put(key, value, ttl) {
          const stale = before ?? value;
          before = value;
          await store.put(key, stale, ttl);
        },
      };
    }),
  },
  "evicts-pins": {
    imitates: "a limit meant for a memory cache applies to Redis: each new pin deletes the replica's previous one",
    change: storeWith((store, { redis }) => {
      let latest: string | undefined;
      return {
        async put(key, value, ttl) {
          if (latest !== undefined && latest !== key) await redis.del(bytes(latest));
          latest = key;
          await store.put(key, value, ttl);
        },
      };
    }),
  },
} satisfies FaultTable;

/** Bugs in how long a pin lives. */
export const lifetimeFaults = {
  "ttl-extended-on-read": {
    imitates: "each read starts the lifetime anew",
    change: storeWith((store, { redis }, ttlSeconds) => ({
      async get(key) {
        const value = await store.get(key);
        if (value !== undefined && ttlSeconds !== undefined) await redis.expire(bytes(key), ttlSeconds);
        return value;
      },
    })),
  },
  "ttl-wrong": {
    imitates: "the lifetime is ten times too long: a wrong unit, or a setting not read",
    change: ({ ttlSeconds = 0 }) => ({ ttlSeconds: ttlSeconds * 10 }),
  },
  "ttl-too-short": {
    imitates: "the lifetime is a tenth of what is configured",
    change: ({ ttlSeconds = 0 }) => ({ ttlSeconds: Math.max(1, Math.floor(ttlSeconds / 10)) }),
  },
  "ttl-missing": {
    imitates: "SET without EX: pins never expire",
    change: () => ({ ttlSeconds: undefined }),
  },
  "reroute-on-third": {
    imitates: "every third request of a session is routed anew",
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
    imitates: "a lost connection to Redis is never made again (Plano 0.4.19 to 0.4.31)",
  },
} satisfies FaultTable;

/** @param lifetime seconds for which a pin is kept here, by its lifetime in Redis; undefined: for ever */
function localFirst(
  rememberReads: boolean,
  lifetime: (ttlSeconds: number | undefined) => number | undefined,
): ReturnType<typeof storeWith> {
  return storeWith((shared) => {
    const local = new MemoryPinStore();
    return {
      async get(key) {
        const own = await local.get(key);
        if (own !== undefined) return own;
        const value = await shared.get(key);
        if (value !== undefined && rememberReads) await local.put(key, value, lifetime(undefined));
        return value;
      },
      async put(key, value, ttl) {
        await local.put(key, value, lifetime(ttl));
        await shared.put(key, value, ttl);
      },
    };
  });
}
