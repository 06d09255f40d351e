import type { Redis } from "ioredis";
import { Unmeasurable } from "../common/errors";
import { redisProblem } from "./problem";

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
