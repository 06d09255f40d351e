import type { Redis } from "ioredis";
import { Unmeasurable } from "../../verify/common/errors";
import { safeUrl } from "../../verify/common/safe-url";
import { defaultOptions } from "../../verify/options";
import { connectRedis } from "../../verify/redis/connect";
import { memorySections, readMemory, type RedisMemory } from "../../verify/redis/memory";
import { pinKey } from "../../verify/redis/pin";
import { redisProblem } from "../../verify/redis/problem";
import type { Cluster } from "../../verify/targets/cluster";
import { redisMaster } from "../../verify/targets/kubernetes/redis-master";
import type { Ways } from "../../verify/targets/kubernetes/ways";
import { reasonIn, type Seen } from "./seen";

/** The pins in Redis. */
export interface ScannedPins {
  readonly count: number;
  /** False: the scan ended at its limit, and there are at least as many. */
  readonly complete: boolean;
  /** Remaining lives in milliseconds; undefined without a pin that expires. */
  readonly ttl: { readonly least: number; readonly median: number; readonly most: number } | undefined;
  /** Pins that never expire; there should not be any. */
  readonly endless: number;
}

/** Redis' own figures, for where SCAN is forbidden as in the stack's own Redis. */
export interface CountedPins {
  /** All keys of the database; hardly any of them is not a pin. */
  readonly keys: number;
  /** Average remaining life in milliseconds; undefined where Redis has not estimated it. */
  readonly averageMs: number | undefined;
}

/** The Redis that holds the pins. */
export interface RedisFacts {
  /** Undefined where Redis does not show it. */
  readonly memory: RedisMemory | undefined;
  readonly pins: Seen<ScannedPins | CountedPins>;
}

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
): Promise<{ readonly name: string; readonly external: boolean; readonly url: string }> {
  const external = await cluster.secretValue(secret.name, secret.url);
  if (external !== undefined) return { name: safeUrl(external), external: true, url: external };
  const { name, url } = await redisMaster(cluster, ways, namespace, defaultOptions.target.redis);
  return { name, external: false, url };
}

/**
 * Asks a Redis for its memory and its pins. Changes nothing.
 *
 * @param url may hold a password, which no message shows
 * @param limitMs limit of connecting and of each command, in milliseconds
 * @throws Unmeasurable when it cannot be reached or refuses the login
 */
export async function lookAtRedis(url: string, limitMs = 5_000): Promise<RedisFacts> {
  const redis = await connectRedis(url, limitMs);
  try {
    const sections = [];
    for (const section of [...memorySections, "keyspace"]) sections.push(await redis.info(section).catch(refused));
    const info = sections.join("\n");
    const pins = await scanPins(redis).then(
      (value) => ({ value }),
      (error: unknown) => {
        const why = reasonIn(error);
        return why.startsWith("NOPERM") && info.trim() !== "" ? { value: countedPins(info, redis.options.db ?? 0) } : { why };
      },
    );
    return { memory: readMemory(info), pins };
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

/**
 * Counts pins by SCAN and reads their remaining lives. Redis serves others meanwhile, so there are limits: keys that one
 * SCAN goes through, number of SCANs, and milliseconds after which no other is begun.
 *
 * @throws Error as Redis gives it; `NOPERM …` where SCAN is forbidden
 */
export async function scanPins(redis: Redis, { step, steps, ms } = { step: 1_000, steps: 200, ms: 3_000 }): Promise<ScannedPins> {
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
  const [least, median, most] = [running[0], running[Math.floor((running.length - 1) / 2)], running.at(-1)];
  const ttl = least === undefined || median === undefined || most === undefined ? undefined : { least, median, most };
  return { count: lives.size, complete, ttl, endless: lives.size - running.length };
}

/** Pure: the line of database `db` in the section `keyspace` of INFO; an empty database has none. */
export function countedPins(info: string, db: number): CountedPins {
  const [, keys, averageMs] = new RegExp(`^db${db}:keys=(\\d+),expires=\\d+,avg_ttl=(\\d+)`, "m").exec(info) ?? [];
  return { keys: Number(keys ?? 0), averageMs: averageMs === undefined || averageMs === "0" ? undefined : Number(averageMs) };
}
