import { MemoryPinStore } from "../memory-pin-store";
import type { PinStore } from "../pin-store";
import type { Fault } from "./fault";

const CAPACITY = 100_000;

/** Bugs in where pins are kept. */
export const cacheFaults: readonly Fault[] = [
  {
    name: "memory-cache",
    imitates: "session_cache.type left at its default: each replica pins in its own memory only",
    caughtBy: ["pinning", "redis"],
    change: () => ({ store: new MemoryPinStore(CAPACITY) }),
  },
  {
    name: "local-cache-first",
    imitates: "an in-process cache in front of Redis that is never invalidated and never expires",
    caughtBy: ["race", "expiry"],
    change: ({ store }) => ({ store: localFirst(store, { rememberReads: true, expires: false }) }),
  },
  {
    name: "race-split",
    imitates: "a replica trusts the pins that it wrote itself, so that concurrent first requests stay split",
    caughtBy: ["race"],
    change: ({ store }) => ({ store: localFirst(store, { rememberReads: false, expires: true }) }),
  },
  {
    name: "no-pin-write",
    imitates: "the write to Redis fails and the error is swallowed",
    caughtBy: ["pinning", "redis"],
    change: ({ store }) => ({ store: { ...delegate(store), put: async () => {}, putIfAbsent: async () => true } }),
  },
];

function localFirst(shared: PinStore, options: { rememberReads: boolean; expires: boolean }): PinStore {
  const local = new MemoryPinStore(CAPACITY);
  const localTtl = (ttl: number | undefined): number | undefined => (options.expires ? ttl : undefined);
  return {
    ...delegate(shared),
    async get(key) {
      const own = await local.get(key);
      if (own !== undefined) return own;
      const value = await shared.get(key);
      if (value !== undefined && options.rememberReads) await local.put(key, value, undefined);
      return value;
    },
    async put(key, value, ttl) {
      await local.put(key, value, localTtl(ttl));
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
