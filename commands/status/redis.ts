import type { Redis } from "ioredis";
import { Unmeasurable } from "../../verify/common/errors";
import { safeUrl } from "../../verify/common/safe-url";
import { defaultOptions } from "../../verify/options";
import { withRedis } from "../../verify/redis/connect";
import { readInfo, readMemory, type RedisMemory } from "../../verify/redis/memory";
import type { Cluster } from "../../verify/targets/cluster";
import { redisMaster } from "../../verify/targets/kubernetes/redis-master";
import type { Ways } from "../../verify/targets/kubernetes/ways";
import { type Row, unknown } from "./rows";

/** Where the stack keeps the URL of an external Redis, and the certificates of authorities to trust. */
const secret = { name: "plano-secrets", url: "REDIS_URL", ca: "CA_BUNDLE" } as const;

/** The account of the stack's own Redis that may look at all pins, and where its password is. */
const people = { user: "look", secret: "redis-auth", key: "look-password" } as const;

/** The way to a Redis: the pod that takes writes, or an external address. */
export interface RedisWay {
  /** Without credentials. */
  readonly name: string;
  /** It may hold a password. */
  readonly url: string;
  readonly ca?: string;
  /** It is the stack's own. */
  readonly isOwn: boolean;
}

/** The way to the stack's Redis, found as the verifier does, but without any gateway. @throws Unmeasurable */
export async function redisWay(
  cluster: Pick<Cluster, "readyPods" | "secretValue">,
  ways: Pick<Ways, "to">,
  namespace: string,
): Promise<RedisWay> {
  const external = await cluster.secretValue(secret.name, secret.url);
  if (external !== undefined) {
    const ca = await cluster.secretValue(secret.name, secret.ca);
    return { name: `external, ${safeUrl(external)}`, url: external, ca, isOwn: false };
  }
  return { ...(await redisMaster(cluster, ways, namespace, defaultOptions.target.redis)), isOwn: true };
}

/** The URL by which somebody may look at all pins. @throws Unmeasurable when the stack's own Redis has no such account yet */
export async function lookWay(
  cluster: Pick<Cluster, "secretValue">,
  { url, isOwn }: Pick<RedisWay, "url" | "isOwn">,
): Promise<string> {
  if (!isOwn) return url;
  const password = await cluster.secretValue(people.secret, people.key);
  if (password === undefined)
    throw new Unmeasurable(
      `there is no ${people.key} in the Secret ${people.secret}, or it may not be read\n→ npm run pulumi -- up adds it to an older stack`,
    );
  const way = new URL(url);
  way.username = people.user;
  way.password = encodeURIComponent(password.trim());
  return way.href;
}

/**
 * Asks a Redis for its memory and its keys, by INFO: the stack's own forbids SCAN. No message shows a password in `url`.
 * @param limitMs limit of connecting and of each command, in milliseconds
 * @throws Unmeasurable when it cannot be reached or refuses the login
 */
export async function redisRows(
  { name, url, ca }: Pick<RedisWay, "name" | "url" | "ca">,
  limitMs = 5_000,
): Promise<readonly Row[]> {
  const look = async (redis: Redis) => {
    const info = await readInfo(redis);
    return [memoryRow(name, readMemory(info)), pinsRow(info, redis.condition?.select ?? 0)];
  };
  return withRedis(url, limitMs, look, ca);
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
