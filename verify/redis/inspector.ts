import type { Redis } from "ioredis";
import { oneLine, reasonOf, Unmeasurable } from "../common/errors";
import { connectRedis, redisProblem } from "./connect";
import { readInfo, readMemory, type RedisMemory } from "./memory";

/** What Redis holds under a key, and when the key runs out by Redis' own clock. */
export interface Look {
  readonly value: string | null;
  /** Remaining life in milliseconds; -1: it never runs out; -2: there is no such key. */
  readonly pttl: number;
  /** Bounds of the instant at which it runs out, in Unix milliseconds of Redis' clock. */
  readonly expiresFrom: number;
  readonly expiresTo: number;
}

const limitMs = 5_000;

/** Reads pins many at once, never key by key. Whatever fails closes its connection. */
export class RedisInspector implements AsyncDisposable {
  /** The keys that are looked at next, and what will be seen of them. */
  #next: { readonly keys: string[]; readonly looks: Promise<Look[]> } | undefined;
  #underWay: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly redis: Redis,
    private readonly address: string,
    private readonly isHash: boolean,
  ) {}

  /**
   * @param isHash pins are hashes, whose fields are read as JSON
   * @throws Unmeasurable when Redis cannot be reached or refuses us, in one line and without the password
   */
  static async connect(url: string, ca?: string, isHash = false): Promise<RedisInspector> {
    return new RedisInspector(await connectRedis(url, limitMs, ca), `Redis at ${new URL(url).host}`, isHash);
  }

  /**
   * Looks at all keys in one go, in the order given. Redis' clock is read before and after them, so that the bounds hold
   * however slow the way to it is.
   * @throws Unmeasurable
   */
  look(keys: readonly string[]): Promise<Look[]> {
    return this.#measured(async () => {
      const { redis } = this;
      // Sent together, but by no pipeline of the client's: each of those stays in memory until the next full collection.
      redis.stream.cork();
      const commands = [
        redis.time(),
        ...keys.flatMap((key) => [this.isHash ? redis.hgetall(key) : redis.get(key), redis.pttl(key)]),
        redis.time(),
      ];
      redis.stream.uncork();
      const replies = await Promise.allSettled<unknown>(commands);
      const before = milliseconds(replies[0]);
      const after = milliseconds(replies.at(-1));
      return keys.map((_, i): Look => {
        const value = text(replies[1 + 2 * i]);
        const pttl = ok("PTTL", replies[2 + 2 * i], isPttl);
        return { value, pttl, expiresFrom: before + pttl - 1, expiresTo: after + pttl + 1 };
      });
    });
  }

  /**
   * Looks at one key together with all others that are asked for while a look is under way; those fail with it, too.
   * @throws Unmeasurable
   */
  async lookSoon(key: string): Promise<Look> {
    const { keys, looks } = (this.#next ??= this.#afterThis());
    const at = keys.push(key) - 1;
    return (await looks)[at] as Look;
  }

  #afterThis() {
    const keys: string[] = [];
    const looks = this.#underWay.then(() => {
      this.#next = undefined;
      return this.look(keys);
    });
    this.#underWay = looks;
    return { keys, looks };
  }

  /**
   * Redis' memory and evictions; undefined where it does not tell, as to a user whose ACL forbids INFO.
   * @throws Unmeasurable when it does not answer
   */
  memory(): Promise<RedisMemory | undefined> {
    return this.#measured(async () => readMemory(await readInfo(this.redis)));
  }

  async #measured<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.redis.disconnect();
      throw new Unmeasurable(redisProblem(error, { address: this.address, limitSeconds: limitMs / 1000 }));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.redis.disconnect();
  }
}

type Reply = PromiseSettledResult<unknown> | undefined;

/** @throws Error for a command that failed, and with the reply where it is none that Redis gives: that says nothing */
function ok<T>(command: string, reply: Reply, is: (value: unknown) => value is T): T {
  if (reply?.status !== "fulfilled") throw reply?.reason;
  const { value } = reply;
  if (is(value)) return value;
  throw new Error(`it answered ${command} with ${oneLine(JSON.stringify(value), 60)}`);
}

const isPttl = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= -2;
const isTime = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && value.length === 2 && value.every((part) => /^\d{1,15}$/.test(String(part)));

/**
 * A string, or a hash as JSON: the client makes an object of that, which is empty where there is no such key. A key that
 * holds something else is reported by what Redis says of it: that is a finding, not a failure to look.
 */
function text(reply: Reply): string | null {
  const problem = reply?.status === "rejected" ? reasonOf(reply.reason) : "";
  if (problem.startsWith("WRONGTYPE")) return problem;
  const value = ok("GET", reply, (it): it is string | object | null => typeof it === "string" || typeof it === "object");
  if (typeof value !== "object" || value === null) return value;
  return Object.keys(value).length === 0 ? null : JSON.stringify(value);
}

function milliseconds(reply: Reply): number {
  const [seconds, micros] = ok("TIME", reply, isTime);
  return Number(seconds) * 1000 + Number(micros) / 1000;
}
