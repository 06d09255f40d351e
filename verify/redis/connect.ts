import type { Redis } from "ioredis";
import { Unmeasurable } from "../common/errors";
import { ownConnection } from "./own-connection";
import { redisProblem } from "./problem";

/**
 * A client that is connected and let in, with the database that the URL names.
 *
 * @param limitMs limit of all of that, and of each later command, in milliseconds
 * @throws Unmeasurable when Redis cannot be reached or refuses us, in one line and without the password
 */
export async function connectRedis(url: string, limitMs: number): Promise<Redis> {
  const attempt = { address: `Redis at ${new URL(url).host}`, tls: url.startsWith("rediss:"), limitSeconds: limitMs / 1000 };
  const { redis, lastError } = await ownConnection(url, limitMs);
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
    throw new Unmeasurable(redisProblem(late ?? lastError() ?? error, attempt));
  } finally {
    clearTimeout(limit);
  }
}
