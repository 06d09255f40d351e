import type { Redis } from "ioredis";
import { Unmeasurable } from "../common/errors";
import { connectRedis } from "./connect";
import { memorySections, readMemory, type RedisMemory } from "./memory";
import { redisProblem } from "./problem";

/** What Redis holds under a key, and when the key runs out by Redis' own clock. */
export interface Look {
  readonly value: string | null;
  /** Remaining life in milliseconds; -1: it never runs out; -2: there is no such key. */
  readonly pttl: number;
  /** Bounds of the instant at which it runs out, in Unix milliseconds of Redis' clock. */
  readonly expiresFrom: number;
  readonly expiresTo: number;
}

const pipelineSize = 1_000;

const limitMs = 5_000;

/** Reads pins by pipelines, never key by key. */
export class RedisInspector implements AsyncDisposable {
  readonly #redis: Redis;
  readonly #address: string;
  #waiting: { readonly key: string; readonly resolve: (look: Look) => void; readonly reject: (error: unknown) => void }[] = [];
  #flushing = false;

  private constructor(redis: Redis, address: string) {
    this.#redis = redis;
    this.#address = address;
  }

  /** @throws Unmeasurable when Redis cannot be reached or refuses us, in one line and without the password */
  static async connect(url: string): Promise<RedisInspector> {
    return new RedisInspector(await connectRedis(url, limitMs), `Redis at ${new URL(url).host}`);
  }

  /** Looks at all keys, in the order given. @throws Unmeasurable */
  async look(keys: readonly string[]): Promise<Look[]> {
    const looks: Look[] = [];
    for (let at = 0; at < keys.length; at += pipelineSize) {
      looks.push(...(await this.#pipeline(keys.slice(at, at + pipelineSize))));
    }
    return looks;
  }

  /** Looks at one key together with all others that are asked for while a pipeline is under way. @throws Unmeasurable */
  lookSoon(key: string): Promise<Look> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key, resolve, reject });
      if (!this.#flushing) void this.#flush();
    });
  }

  /**
   * Redis' memory and evictions; undefined where it does not tell, as to a user whose ACL forbids INFO.
   * @throws Unmeasurable when it does not answer
   */
  async memory(): Promise<RedisMemory | undefined> {
    const pipeline = this.#redis.pipeline();
    for (const section of memorySections) pipeline.info(section);
    const sections: string[] = [];
    try {
      for (const [error, text] of (await pipeline.exec()) ?? []) {
        if (error !== null && error.name !== "ReplyError") throw error;
        sections.push(error === null ? String(text) : "");
      }
    } catch (error) {
      throw new Unmeasurable(redisProblem(error, { address: this.#address, limitSeconds: limitMs / 1000 }));
    }
    return readMemory(sections.join("\n"));
  }

  async #flush(): Promise<void> {
    this.#flushing = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        const looks = await this.look(batch.map(({ key }) => key));
        batch.forEach(({ resolve }, i) => resolve(looks[i] as Look));
      } catch (error) {
        // Looks that were asked for meanwhile need not wait for the same.
        for (const { reject } of [...batch, ...this.#waiting.splice(0)]) reject(error);
      }
    }
    this.#flushing = false;
  }

  /** Redis' clock is read before and after the keys, so that the bounds hold however slow the way to it is. */
  async #pipeline(keys: readonly string[]): Promise<Look[]> {
    const pipeline = this.#redis.pipeline().time();
    for (const key of keys) pipeline.get(key).pttl(key);
    try {
      const replies = (await pipeline.time().exec()) ?? [];
      const before = milliseconds(replies[0]);
      const after = milliseconds(replies.at(-1));
      return keys.map((_, i): Look => {
        const value = text(replies[1 + 2 * i]);
        const pttl = Number(ok(replies[2 + 2 * i]));
        return { value, pttl, expiresFrom: before + pttl - 1, expiresTo: after + pttl + 1 };
      });
    } catch (error) {
      throw new Unmeasurable(redisProblem(error, { address: this.#address, limitSeconds: limitMs / 1000 }));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#redis.disconnect();
  }
}

type Reply = readonly [Error | null, unknown] | undefined;

function ok(reply: Reply): unknown {
  if (reply === undefined) throw new Error("the connection was lost");
  if (reply[0] !== null) throw reply[0];
  return reply[1];
}

/** A key that holds no string is reported by what Redis says of it: that is a finding, not a failure to look. */
function text(reply: Reply): string | null {
  if (reply?.[0]?.message.startsWith("WRONGTYPE") === true) return reply[0].message;
  return ok(reply) as string | null;
}

function milliseconds(reply: Reply): number {
  const [seconds, micros] = ok(reply) as [unknown, unknown];
  return Number(seconds) * 1000 + Number(micros) / 1000;
}
