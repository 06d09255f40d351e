import Redis from "ioredis";
import type { Log } from "../log";
import { StartupError } from "../program";
import type { PinStore } from "./pin";

/** How long to wait for an answer of Redis before it counts as lost, and for a connection, in milliseconds. */
const TIMEOUT_MS = 5_000;

/**
 * Connects to Redis.
 *
 * @param reconnect after a lost connection; Plano 0.4.27 never does
 * @throws StartupError "failed to connect to Redis session cache" with the reason, never with the URL
 */
export async function connectRedis(url: string, reconnect: boolean, log: Log): Promise<Redis> {
  let connected = false;
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: TIMEOUT_MS,
    retryStrategy: (attempt) => (connected && reconnect ? Math.min(50 * attempt, 1_000) : null),
  });
  let lastError: Error | undefined;
  redis.on("error", (error: Error) => (lastError = error));
  try {
    await redis.connect();
    await answerOf(redis.ping(), TIMEOUT_MS);
  } catch (error) {
    redis.disconnect();
    throw new StartupError(`failed to connect to Redis session cache: ${reason(lastError ?? error)}`);
  }
  connected = true;
  redis.on("close", () => log.warn("redis_connection_lost", { reconnect }));
  redis.on("ready", () => log.info("redis_connection_restored"));
  return redis;
}

function reason(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? String(error);
}

/** Pins in Redis, shared by all replicas. */
export class RedisPinStore implements PinStore {
  /** @param limitMs how long to wait for an answer */
  constructor(
    private readonly redis: Redis,
    private readonly log: Log,
    private readonly limitMs = TIMEOUT_MS,
  ) {}

  async get(key: string): Promise<string | undefined> {
    return this.#attempt("GET", async () => (await this.redis.get(bytes(key))) ?? undefined);
  }

  async put(key: string, value: string, ttlSeconds: number | undefined): Promise<void> {
    await this.#attempt("SET", () =>
      ttlSeconds === undefined ? this.redis.set(bytes(key), value) : this.redis.set(bytes(key), value, "EX", ttlSeconds),
    );
  }

  /** Plano 0.4.27 swallows Redis' errors and serves the request without a pin. */
  async #attempt<T>(command: string, run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await answerOf(run(), this.limitMs);
    } catch (error) {
      this.log.warn("redis_command_failed", { command, reason: reason(error) });
      return undefined;
    }
  }
}

/** A key's bytes: header values reach Node one character a byte. */
export const bytes = (key: string): Buffer => Buffer.from(key, "latin1");

/**
 * Waits for an answer of Redis, and at the limit until everything that has arrived was read: where the process was busy
 * for so long, the answer may be there, and giving it up would cost a session its pin.
 */
async function answerOf<T>(answer: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const giveUp = (): void => reject(new Error(`no answer within ${limitMs} ms`));
    // The event loop runs timers, then reads what has arrived, then runs immediates; the second is for a read in parts.
    timer = setTimeout(() => setImmediate(() => setImmediate(giveUp)), limitMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
