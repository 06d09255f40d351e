import type { Redis } from "ioredis";
import { rootCertificates } from "node:tls";
import { isDecodable } from "../../lib/net";
import { connectionProblem } from "../common/connection-problem";
import { oneLine, reasonOf, Unmeasurable } from "../common/errors";

/** Under this name the verifier's own connections stand in Redis' CLIENT LIST. */
export const ownConnectionName = "plano-affinity-verify";

/** Most that Redis may answer to what is under way; a thousand pins take less than a megabyte. */
const most = { bytes: 16 * 2 ** 20, items: 1_000_000 } as const;

/**
 * A client that is connected and let in, with the database that the URL names. It says what is wrong at once, instead of
 * trying again by itself.
 *
 * @param limitMs limit of all of that, and of each later command, in milliseconds
 * @param ca certificates (PEM) of authorities that are trusted beside the public ones
 * @throws Unmeasurable when Redis cannot be reached or refuses us, in one line and without the password
 */
export async function connectRedis(url: string, limitMs: number, ca?: string): Promise<Redis> {
  const { Redis } = await import("ioredis");
  // In parts, for the client takes `REDISS://` for a Redis without TLS.
  const { protocol, hostname, port, host, pathname, username, password } = new URL(url);
  const tls = protocol === "rediss:";
  const address = `Redis at ${host}`;
  if (!isDecodable(url))
    throw new Unmeasurable(`${address} cannot be asked: a % in the user name or password of its URL is not encoded`);
  const redis = new Redis({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || 6379),
    lazyConnect: true,
    connectTimeout: limitMs,
    commandTimeout: limitMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    enableReadyCheck: false,
    disableClientInfo: true,
    ...(tls && { tls: ca === undefined || ca === "" ? {} : { ca: [...rootCertificates, ca] } }),
  });
  // What `connect` throws names only the outcome; why is in here.
  let lastError: unknown;
  redis.on("error", (error: unknown) => (lastError = error)).once("connect", () => boundReplies(redis));
  let late: unknown;
  // Connecting is several commands, and each has the whole limit to itself.
  const limit = setTimeout(() => {
    late = new Error("timed out");
    redis.disconnect();
  }, limitMs);
  try {
    await redis.connect();
    // Not by the client itself: it goes on before the answer is there, and warns where no password is wanted.
    const login = [username, password].map(decodeURIComponent).slice(username === "" ? 1 : 0);
    if (username + password !== "") await redis.call("AUTH", login).catch(unlessRefused);
    // A user that may not ping has been let in, too.
    await redis.ping().catch(unlessRefused);
    // Not by the client itself: it swallows what is said to the first command, and goes on with database 0 where it cannot
    // have the one that the URL names.
    redis.client("SETNAME", ownConnectionName).catch(() => undefined);
    if (!/^\/?0*$/.test(pathname)) await redis.select(pathname.slice(1));
    return redis;
  } catch (error) {
    redis.disconnect();
    throw new Unmeasurable(redisProblem(late ?? lastError ?? error, { address, tls, limitSeconds: limitMs / 1000 }));
  } finally {
    clearTimeout(limit);
  }
}

/**
 * Does something over a connection of its own.
 * @throws Unmeasurable as {@link connectRedis}, and for what Redis says to it
 */
export async function withRedis<T>(url: string, limitMs: number, work: (redis: Redis) => Promise<T>, ca?: string): Promise<T> {
  const redis = await connectRedis(url, limitMs, ca);
  try {
    return await work(redis);
  } catch (error) {
    // The connection stands: TLS is not to blame.
    throw new Unmeasurable(redisProblem(error, { address: `Redis at ${new URL(url).host}`, limitSeconds: limitMs / 1000 }));
  } finally {
    redis.disconnect();
  }
}

/** Ends the connection when Redis answers too much, or what the client's parser cannot take: that would end the process. */
function boundReplies(redis: Redis): void {
  const { stream } = redis;
  const readers = stream.listeners("data") as ((part: Buffer) => void)[];
  let [bytes, items, end] = [0, 0, "\n"];
  stream.removeAllListeners("data").on("data", (part: Buffer) => {
    try {
      bytes += part.length;
      // The parser takes room for a whole list at its head, which may come in two parts.
      const text = end + part.toString("latin1");
      for (const [, digits = ""] of text.matchAll(/\n\*(\d+)/g)) items += digits.length > 12 ? Infinity : Number(digits);
      end = text.slice(-16);
      if (bytes > most.bytes || items > most.items) throw new Error("it answered more than 16 MiB or a million items");
      for (const read of readers) read(part);
      if (redis.commandQueue.length === 0) [bytes, items] = [0, 0];
    } catch (error) {
      // Of lists that are nested too deeply.
      const problem = error instanceof RangeError ? new Error("Protocol error") : (error as Error);
      redis.recoverFromFatalError(problem, problem, { offlineQueue: false });
      stream.destroy();
    }
  });
}

/** @returns nothing where Redis does not allow or know a command, or wants no password. @throws the error in all other cases */
export function unlessRefused(error: Error): undefined {
  // Not by the error's class: a bundler gives that another name.
  if (!/^(NOPERM|ERR unknown command)|no password is set|without any password configured/.test(error.message)) throw error;
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
