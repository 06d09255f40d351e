import { bytes } from "../redis-pin-store";
import { delegate } from "./cache";
import type { Fault } from "./fault";

/** How long a queue in front of Redis holds a pin back, in milliseconds. */
const QUEUE_MS = 1_000;

/** Bugs in when pins are written, and in whose they are. */
export const writeFaults: readonly Fault[] = [
  {
    name: "no-pin-write",
    imitates: "the write to Redis fails and the error is swallowed",
    caughtBy: ["pinning", "redis", "traces"],
    change: ({ store }) => ({ store: { ...delegate(store), put: async () => {}, putIfAbsent: async () => true } }),
  },
  {
    name: "late-pin-write",
    imitates: "pins are written by a queue, a second after they were decided: the answer is there long before",
    caughtBy: ["pinning", "redis", "traces"],
    change: ({ store }) => {
      const later = (write: () => Promise<unknown>): void => void setTimeout(() => void write(), QUEUE_MS);
      return {
        store: {
          ...delegate(store),
          put: async (key, value, ttl) => later(() => store.put(key, value, ttl)),
          async putIfAbsent(key, value, ttl) {
            later(() => store.putIfAbsent(key, value, ttl));
            return true;
          },
        },
      };
    },
  },
  {
    name: "last-write-wins",
    imitates: "the look-up of a pin fails and the error is swallowed: every request is routed anew and overwrites the pin",
    caughtBy: ["pinning", "redis", "traces"],
    change: ({ store }) => ({ store: { ...delegate(store), get: async () => undefined } }),
  },
  {
    name: "value-of-another-session",
    imitates: "a buffer that is used again: under a session's key stands what the replica decided for the session before",
    caughtBy: ["pinning", "redis"],
    change({ store }) {
      let before: string | undefined;
      return {
        store: {
          ...delegate(store),
          async put(key, value, ttl) {
            const stale = before ?? value;
            before = value;
            await store.put(key, stale, ttl);
          },
        },
      };
    },
  },
  {
    name: "evicts-pins",
    imitates: "a limit meant for a cache in memory is kept in Redis: each replica deletes its latest pin as it writes the next",
    caughtBy: ["pinning", "redis", "traces"],
    change({ store }, { redis }) {
      let latest: string | undefined;
      return {
        store: {
          ...delegate(store),
          async put(key, value, ttl) {
            if (latest !== undefined && latest !== key) await redis.del(bytes(latest));
            latest = key;
            await store.put(key, value, ttl);
          },
        },
      };
    },
  },
];
