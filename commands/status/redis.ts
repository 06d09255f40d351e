import { Unmeasurable } from "../../verify/common/errors";
import { connectRedis } from "../../verify/redis/connect";
import { memorySections, readMemory, type RedisMemory } from "../../verify/redis/memory";
import { redisProblem } from "../../verify/redis/problem";
import { type CountedPins, countedPins, type ScannedPins, scanPins } from "./pins";
import { reasonIn, type Seen } from "./seen";

/** The Redis that holds the pins. */
export interface RedisFacts {
  /** Undefined where it does not tell. */
  readonly memory: RedisMemory | undefined;
  readonly pins: Seen<ScannedPins | CountedPins>;
}

/** Limit of connecting and of each command, in milliseconds. */
const limitMs = 5_000;

/**
 * Asks a Redis for its memory and its pins. Changes nothing.
 * @param url may hold a password, which no message shows
 * @throws Unmeasurable when it cannot be reached or refuses us
 */
export async function lookAtRedis(url: string): Promise<RedisFacts> {
  const redis = await connectRedis(url, limitMs);
  try {
    const db = redis.options.db ?? 0;
    const sections = [];
    for (const section of [...memorySections, "keyspace"]) sections.push(await redis.info(section).catch(refused));
    const info = sections.join("\n");
    try {
      return { memory: readMemory(info), pins: { value: await scanPins(redis) } };
    } catch (error) {
      const pins =
        reasonIn(error).startsWith("NOPERM") && info.trim() !== "" ? { value: countedPins(info, db) } : { why: reasonIn(error) };
      return { memory: readMemory(info), pins };
    }
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
