import type { Redis } from "ioredis";
import { pinKey } from "../../verify/redis/pin";
import { type Spread, spreadOf } from "./spread";

/** Every pin there is now, or as many as may be looked at. */
export interface ScannedPins {
  readonly count: number;
  /** False: the look ended at its limit, and there are at least as many. */
  readonly complete: boolean;
  /** Remaining lives in milliseconds; undefined without a pin that runs out. */
  readonly ttl: Spread | undefined;
  /** Pins that never run out; there should be none. */
  readonly endless: number;
}

/** What is left where Redis lets nobody SCAN, as the stack's own does: its own count, and its own estimate. */
export interface CountedPins {
  /** All keys of the database, which holds hardly anything but pins. */
  readonly keys: number;
  /** In milliseconds; undefined where Redis has not made one. */
  readonly averageMs: number | undefined;
}

/** Bounds of a look: Redis serves others meanwhile. */
export interface PinLimits {
  /** Keys that one SCAN goes through. */
  readonly step: number;
  /** SCANs in all. */
  readonly steps: number;
  /** Time after which no other SCAN is begun, in milliseconds. */
  readonly ms: number;
}

const usualLimits: PinLimits = { step: 1_000, steps: 200, ms: 3_000 };

/**
 * Counts pins by SCAN and reads their remaining lives.
 * @throws Error as Redis gives it; `NOPERM …` where it does not let us
 */
export async function scanPins(redis: Redis, { step, steps, ms }: PinLimits = usualLimits): Promise<ScannedPins> {
  const lives = new Map<string, number>();
  let cursor = "0";
  let complete = false;
  const until = performance.now() + ms;
  for (let done = 0; done < steps && performance.now() < until; done++) {
    const [next, found] = await redis.scan(cursor, "MATCH", pinKey("*"), "COUNT", step);
    // SCAN may name a key twice.
    const keys = found.filter((key) => !lives.has(key));
    const pipeline = redis.pipeline();
    for (const key of keys) pipeline.pttl(key);
    const replies = keys.length === 0 ? [] : ((await pipeline.exec()) ?? []);
    keys.forEach((key, i) => {
      const [error, life] = replies[i] ?? [new Error("the connection was lost"), undefined];
      if (error !== null) throw error;
      // -2: it ran out in between.
      if (life !== -2) lives.set(key, Number(life));
    });
    cursor = next;
    complete = cursor === "0";
    if (complete) break;
  }
  const running = [...lives.values()].filter((life) => life >= 0);
  return { count: lives.size, complete, ttl: spreadOf(running), endless: lives.size - running.length };
}

/** Pure: the line of database `db` in the section `keyspace` of INFO; an empty database has none. */
export function countedPins(info: string, db: number): CountedPins {
  const [, keys, averageMs] = new RegExp(`^db${db}:keys=(\\d+),expires=\\d+,avg_ttl=(\\d+)`, "m").exec(info) ?? [];
  return { keys: Number(keys ?? 0), averageMs: averageMs === undefined || averageMs === "0" ? undefined : Number(averageMs) };
}
