import { MemoryPinStore } from "../memory-pin-store";
import type { PinStore } from "../pin-store";
import type { Fault } from "./fault";
import { isChosenReplica } from "./one-replica";

const CAPACITY = 100_000;

/** How long a pin is served from a cache that is only stale for a while, in seconds. */
const STALE_SECONDS = 2;

/** A logical database of Redis that no configuration names; a server has 16 unless told otherwise. */
const OTHER_DATABASE = 15;

/** Bugs in where pins are kept. */
export const cacheFaults: readonly Fault[] = [
  {
    name: "memory-cache",
    imitates: "session_cache.type left at its default: each replica pins in its own memory only",
    caughtBy: ["pinning", "redis", "traces"],
    change: () => ({ store: new MemoryPinStore(CAPACITY) }),
  },
  {
    name: "local-cache-first",
    imitates: "an in-process cache in front of Redis that is never invalidated and never expires",
    caughtBy: ["race", "expiry"],
    change: ({ store }) => ({ store: localFirst(store, { rememberReads: true, lifetime: () => undefined }) }),
  },
  {
    name: "stale-cache",
    imitates: "an in-process cache in front of Redis that serves what it has for two seconds, whatever Redis says",
    caughtBy: ["race", "expiry"],
    change: ({ store }) => ({ store: localFirst(store, { rememberReads: true, lifetime: () => STALE_SECONDS }) }),
  },
  {
    name: "race-split",
    imitates: "a replica trusts the pins that it wrote itself, so that concurrent first requests stay split",
    caughtBy: ["race"],
    change: ({ store }) => ({ store: localFirst(store, { rememberReads: false, lifetime: (ttl) => ttl }) }),
  },
  {
    name: "other-database",
    imitates: "one replica is configured with another logical database of the same Redis",
    caughtBy: ["pinning", "redis", "traces"],
    async change(_healthy, context) {
      if (await isChosenReplica(context)) await context.redis.select(OTHER_DATABASE);
      return {};
    },
  },
];

interface LocalCache {
  readonly rememberReads: boolean;
  /** Seconds for which a pin is kept here, by its lifetime in Redis; `undefined` for ever. */
  readonly lifetime: (ttlSeconds: number | undefined) => number | undefined;
}

function localFirst(shared: PinStore, { rememberReads, lifetime }: LocalCache): PinStore {
  const local = new MemoryPinStore(CAPACITY);
  return {
    ...delegate(shared),
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
}

/** The store's methods as an object that can be spread. */
export function delegate(store: PinStore): PinStore {
  return {
    get: (key) => store.get(key),
    put: (key, value, ttl) => store.put(key, value, ttl),
    putIfAbsent: (key, value, ttl) => store.putIfAbsent(key, value, ttl),
  };
}
