import { Unmeasurable } from "../../verify/common/errors";
import { safeUrl } from "../../verify/common/safe-url";
import { defaultOptions } from "../../verify/options";
import { connectRedis, redisProblem } from "../../verify/redis/connect";
import { readMemory, type RedisMemory } from "../../verify/redis/memory";
import type { Cluster } from "../../verify/targets/cluster";
import { redisMaster } from "../../verify/targets/kubernetes/redis-master";
import type { Ways } from "../../verify/targets/kubernetes/ways";
import { type Row, unknown } from "./rows";

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
 * Asks a Redis for its memory and its keys, by INFO: the stack's own forbids SCAN. Changes nothing.
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
    // A user whose ACL forbids INFO is told so as an answer.
    const info = await redis.info().catch((error: unknown) => {
      if (error instanceof Error && error.name === "ReplyError") return "";
      throw error;
    });
    return [memoryRow(name, readMemory(info)), pinsRow(info, redis.options.db ?? 0)];
  } catch (error) {
    // The connection stands: TLS is not to blame.
    throw new Unmeasurable(redisProblem(error, { address: `Redis at ${new URL(url).host}`, limitSeconds: limitMs / 1000 }));
  } finally {
    redis.disconnect();
  }
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

/** Pure: Redis' own figures for database `db`, in the section `keyspace` of INFO; in the stack's Redis any key is a pin. */
export function pinsRow(info: string, db: number): Row {
  if (!info.includes("# Keyspace")) return unknown("pins", "Redis does not tell its keys");
  // An empty database has no line.
  const line = new RegExp(`^db${db}:keys=(\\d+),expires=(\\d+),avg_ttl=(\\d+)`, "m").exec(info) ?? [];
  const [keys = 0, expiring = 0, averageMs = 0] = line.slice(1).map(Number);
  const lives = averageMs === 0 ? "" : `; TTL about ${Math.round(averageMs / 1000)} s on average`;
  const never = keys === expiring ? "" : `; ${keys - expiring} never expire`;
  return ["pins", `${keys} keys in database ${db}${lives}${never}`, never === "" ? "plain" : "odd"];
}
