import type { Redis } from "ioredis";
import { connectionProblem } from "../common/connection-problem";
import { oneLine, reasonOf, Unmeasurable } from "../common/errors";

/** Under this name the verifier's own connections stand in Redis' CLIENT LIST. */
export const ownConnectionName = "plano-affinity-verify";

/**
 * A client that is connected and let in, with the database that the URL names. It says what is wrong at once, instead of
 * trying again by itself.
 *
 * @param limitMs limit of all of that, and of each later command, in milliseconds
 * @throws Unmeasurable when Redis cannot be reached or refuses us, in one line and without the password
 */
export async function connectRedis(url: string, limitMs: number): Promise<Redis> {
  const { Redis } = await import("ioredis");
  const redis = new Redis(url, {
    lazyConnect: true,
    connectionName: ownConnectionName,
    connectTimeout: limitMs,
    commandTimeout: limitMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    enableReadyCheck: false,
    disableClientInfo: true,
  });
  // What `connect` throws names only the outcome; why is in here.
  let lastError: unknown;
  redis.on("error", (error: unknown) => (lastError = error));
  let late: unknown;
  // Connecting is several commands, and each has the whole limit to itself.
  const limit = setTimeout(() => {
    late = new Error("timed out");
    redis.disconnect();
  }, limitMs);
  try {
    await redis.connect();
    await redis.ping();
    // The client itself goes on with database 0 where it cannot have the one that the URL names.
    if (redis.options.db !== undefined && redis.options.db !== 0) await redis.select(redis.options.db);
    return redis;
  } catch (error) {
    redis.disconnect();
    const attempt = { address: `Redis at ${new URL(url).host}`, tls: url.startsWith("rediss:"), limitSeconds: limitMs / 1000 };
    throw new Unmeasurable(redisProblem(late ?? lastError ?? error, attempt));
  } finally {
    clearTimeout(limit);
  }
}

interface RedisAttempt {
  /** `Redis at HOST:PORT`. */
  readonly address: string;
  /** Whether TLS was tried; undefined once the connection stands, for then it is not to blame. */
  readonly tls?: boolean;
  readonly limitSeconds: number;
}

/** Why Redis cannot be read, in one line for people, without the password, and with what to try where that is known. */
export function redisProblem(error: unknown, { address, tls, limitSeconds }: RedisAttempt): string {
  const reason = reasonOf(error);
  if (reason.includes("NOAUTH")) return `${address} needs a password, and none was given`;
  if (/WRONGPASS|invalid password|AUTH failed/i.test(reason)) return `${address} refused the password`;
  if (reason.includes("ECONNREFUSED")) return `${address} refused the connection`;
  if (reason.startsWith("MOVED "))
    return `${address} is one node of a Redis Cluster, which cannot be inspected: --skip-redis-inspect`;
  const hint = tls === true ? ": is it without TLS? Try redis://" : tls === false ? ": does it want TLS? Try rediss://" : "";
  if (/timed out|ETIMEDOUT/i.test(reason)) {
    return `${address} gave no ${tls === true ? "TLS " : ""}answer within ${limitSeconds} s${hint}`;
  }
  if (reason.startsWith("Protocol error")) return `${address} does not speak Redis' protocol${hint}`;
  const problem = connectionProblem(error);
  const ended = ["connection reset", "it does not speak TLS", "Connection is closed."].includes(problem);
  return ended ? `${address} ended the connection${hint}` : `${address} cannot be read: ${oneLine(problem, 120)}`;
}
