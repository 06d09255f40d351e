import Redis from "ioredis";
import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../log";
import { StartupError } from "../program";
import type { PinStore } from "./pin";

/** How long to wait for an answer of Redis before it counts as lost, and for a connection, in milliseconds. */
const TIMEOUT_MS = 5_000;

/** Connects to Redis, and never again by itself. @throws StartupError with the reason, and never with the URL */
export async function connectRedis(url: string, log: Log): Promise<Redis> {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    retryStrategy: () => null,
  });
  let lastError: Error | undefined;
  redis.on("error", (error: Error) => (lastError = error));
  try {
    // Its client asks by INFO whether it is let in, and takes a user for let in that may not.
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    throw new StartupError(`failed to connect to Redis session cache: ${reason(lastError ?? error)}`);
  }
  redis.on("close", () => log.warn("redis_connection_lost"));
  redis.on("ready", () => log.info("redis_connection_restored"));
  return redis;
}

function reason(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? String(error);
}

/** Least pauses after the first attempt to connect again and after later ones, in milliseconds; they may be twice as long. */
const PAUSES_MS = { first: 1_000, later: 60_000 };

/** Pins in Redis, shared by all replicas. */
export class RedisPinStore implements PinStore {
  /** A connection that is being made again. */
  #reconnecting: Promise<void> | undefined;

  /**
   * @param reconnects as Plano 0.4.32 and later do: a command that finds the connection lost fails, and begins a new one, for
   * which later commands wait without a limit. So a turn that did not see its session's anchor overwrites it, and where Redis
   * is not back after a second or two, requests hang for a minute. (redis-rs 0.27.6, `aio/connection_manager.rs`; seen.)
   */
  constructor(
    private readonly redis: Redis,
    private readonly log: Log,
    private readonly reconnects = false,
  ) {}

  async get(key: string): Promise<string | undefined> {
    return this.#attempt("GET", async () => (await this.redis.get(bytes(key))) ?? undefined);
  }

  async put(key: string, value: string, ttlSeconds: number | undefined): Promise<void> {
    await this.#attempt("SET", () =>
      ttlSeconds === undefined ? this.redis.set(bytes(key), value) : this.redis.set(bytes(key), value, "EX", ttlSeconds),
    );
  }

  /** Plano swallows Redis' errors and serves the request without a pin. */
  async #attempt<T>(command: string, run: () => Promise<T>): Promise<T | undefined> {
    try {
      await this.#reconnecting;
      return await run();
    } catch (error) {
      if (this.reconnects && this.redis.status === "end") {
        this.#reconnecting ??= this.#reconnect().finally(() => (this.#reconnecting = undefined));
      }
      this.log.warn("redis_command_failed", { command, reason: reason(error) });
      return undefined;
    }
  }

  async #reconnect(): Promise<void> {
    for (let pause = PAUSES_MS.first; this.redis.status === "end"; pause = PAUSES_MS.later) {
      await this.redis.connect().catch(() => delay(pause * (1 + Math.random()), undefined, { ref: false }));
    }
  }
}

/** A key's bytes: header values reach Node one character a byte. */
export const bytes = (key: string): Buffer => Buffer.from(key, "latin1");
