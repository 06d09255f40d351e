import type { Redis } from "ioredis";

/** Under this name the verifier's own connections stand in Redis' CLIENT LIST. */
export const ownConnectionName = "plano-affinity-verify";

/** A client that is not connected yet, and the latest error that it had on the way. */
export interface OwnConnection {
  readonly redis: Redis;
  /** What `connect` throws names only the outcome; why is in here. */
  readonly lastError: () => unknown;
}

/**
 * A client that says what is wrong at once, instead of trying again by itself.
 *
 * @param limitMs limit of connecting and of each command, in milliseconds
 */
export async function ownConnection(url: string, limitMs: number): Promise<OwnConnection> {
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
  let lastError: unknown;
  redis.on("error", (error: unknown) => (lastError = error));
  return { redis, lastError: () => lastError };
}
