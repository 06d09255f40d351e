import type { Redis } from "ioredis";
import { Unmeasurable } from "../../verify/common/errors";
import { safeUrl } from "../../verify/common/safe-url";
import { defaultOptions } from "../../verify/options";
import { connectRedis, redisProblem } from "../../verify/redis/connect";
import { readMemory, type RedisMemory } from "../../verify/redis/memory";
import { pinKey } from "../../verify/redis/pin";
import type { Cluster } from "../../verify/targets/cluster";
import { redisMaster } from "../../verify/targets/kubernetes/redis-master";
import type { Ways } from "../../verify/targets/kubernetes/ways";
import { reasonIn, type Row, unknown } from "./rows";

/** Where the stack keeps the URL of an external Redis. */
const secret = { name: "plano-secrets", url: "REDIS_URL" } as const;

/**
 * Finds the way to the stack's Redis, as the verifier does, but without any gateway.
 *
 * @returns `name`: the pod that takes writes, or the external address without credentials; `url` may hold a password
 * @throws Unmeasurable when there is no ready Redis
 */
export async function redisWay(
  cluster: Pick<Cluster, "readyPods" | "secretValue">,
  ways: Pick<Ways, "to">,
  namespace: string,
): Promise<{ readonly name: string; readonly url: string }> {
  const external = await cluster.secretValue(secret.name, secret.url);
  if (external !== undefined) return { name: `external, ${safeUrl(external)}`, url: external };
  return redisMaster(cluster, ways, namespace, defaultOptions.target.redis);
}

/**
 * Asks a Redis for its memory and its pins. Changes nothing.
 *
 * @param url may hold a password, which no message shows
 * @param limitMs limit of connecting and of each command, in milliseconds
 * @throws Unmeasurable when it cannot be reached or refuses the login
 */
export async function redisRows(
  { name, url }: { readonly name: string; readonly url: string },
  limitMs = 5_000,
): Promise<readonly Row[]> {
  const redis = await connectRedis(url, limitMs);
  try {
    const info = await redis.info().catch(refused);
    const pins = await scanPins(redis).then(pinsRow, (error: unknown) => {
      const why = reasonIn(error);
      return why.startsWith("NOPERM") && info.trim() !== "" ? countedRow(info, redis.options.db ?? 0) : unknown("pins", why);
    });
    return [memoryRow(name, readMemory(info)), pins];
  } catch (error) {
    // The connection stands: TLS is not to blame.
    throw new Unmeasurable(redisProblem(error, { address: `Redis at ${new URL(url).host}`, limitSeconds: limitMs / 1000 }));
  } finally {
    redis.disconnect();
  }
}

/** A user whose ACL forbids INFO may be allowed the rest. */
function refused(error: unknown): string {
  if (error instanceof Error && error.name === "ReplyError") return "";
  throw error;
}

/** Pure. @param memory undefined where Redis does not show it */
export function memoryRow(name: string, memory: RedisMemory | undefined): Row {
  if (memory === undefined) return ["Redis", `${name}: it does not tell its memory`, "plain"];
  const { usedBytes, maxBytes, policy, evictedKeys } = memory;
  const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const limit = maxBytes === 0 ? ", no limit" : ` of ${mebibytes(maxBytes)} (${((100 * usedBytes) / maxBytes).toFixed(1)} %)`;
  const room = `${mebibytes(usedBytes)}${limit}${policy === null ? "" : `, ${policy}`}; ${evictedKeys} evicted since it started`;
  return ["Redis", `${name}: ${room}`, evictedKeys > 0 ? "bad" : "plain"];
}

/** The pins in Redis. */
export interface ScannedPins {
  readonly count: number;
  /** False: the scan ended at its limit, and there are at least as many. */
  readonly complete: boolean;
  /** Remaining lives in milliseconds, the shortest first. */
  readonly lives: readonly number[];
  /** Pins that never expire; there should not be any. */
  readonly endless: number;
}

/** Pure. */
export function pinsRow({ count, complete, lives, endless }: ScannedPins): Row {
  const seconds = (at: number): string => `${Math.round((lives[at] ?? 0) / 1000)} s`;
  const [median, most] = [Math.floor((lives.length - 1) / 2), lives.length - 1];
  const spread = lives.length === 0 ? "" : `; TTL least ${seconds(0)}, median ${seconds(median)}, most ${seconds(most)}`;
  const never = endless === 0 ? "" : `; ${endless} never expire`;
  return ["pins", `${complete ? "" : "at least "}${count}${spread}${never}`, endless > 0 ? "bad" : "plain"];
}

/**
 * Counts pins by SCAN and reads their remaining lives. Redis serves others meanwhile, so there are limits.
 *
 * @param limits `step`: keys that one SCAN looks at, `steps`: SCANs at most, `ms`: milliseconds at most
 * @throws Error as Redis gives it; `NOPERM …` where SCAN is forbidden
 */
export async function scanPins(redis: Redis, limits = { step: 1_000, steps: 200, ms: 3_000 }): Promise<ScannedPins> {
  const { step, steps, ms } = limits;
  const lives = new Map<string, number>();
  let cursor = "0";
  let complete = false;
  const until = performance.now() + ms;
  for (let done = 0; !complete && done < steps && performance.now() < until; done++) {
    const [next, found] = await redis.scan(cursor, "MATCH", pinKey("*"), "COUNT", step);
    // SCAN may name a key twice.
    const keys = found.filter((key) => !lives.has(key));
    const pipeline = redis.pipeline();
    for (const key of keys) pipeline.pttl(key);
    const replies = keys.length === 0 ? [] : ((await pipeline.exec()) ?? []);
    keys.forEach((key, i) => {
      const [error, life] = replies[i] ?? [new Error("the connection was lost"), undefined];
      if (error !== null) throw error;
      // -2: it expired in between.
      if (life !== -2) lives.set(key, Number(life));
    });
    cursor = next;
    complete = cursor === "0";
  }
  const running = [...lives.values()].filter((life) => life >= 0).sort((a, b) => a - b);
  return { count: lives.size, complete, lives: running, endless: lives.size - running.length };
}

/**
 * Pure: Redis' own figures for database `db`, in the section `keyspace` of INFO, for where SCAN is forbidden as in the
 * stack's own Redis. Hardly any key is not a pin.
 */
export function countedRow(info: string, db: number): Row {
  // An empty database has no line.
  const [, keys = "0", averageMs = "0"] = new RegExp(`^db${db}:keys=(\\d+),expires=\\d+,avg_ttl=(\\d+)`, "m").exec(info) ?? [];
  const lives = averageMs === "0" ? "" : `; TTL about ${Math.round(Number(averageMs) / 1000)} s on average`;
  const source = "Redis' own count of keys: its access list forbids SCAN, which would show the spread of TTLs";
  return ["pins", `${keys}${lives} (${source})`, "plain"];
}
