import type { Redis } from "ioredis";
import { oneLine, reasonOf, Unmeasurable } from "../common/errors";
import { ownConnection, ownConnectionName } from "../redis/own-connection";

/** Limit of connecting and of one command, in milliseconds. */
const limitMs = 5_000;

/** Who is connected to Redis, and the end of it. */
export class RedisClients implements AsyncDisposable {
  private constructor(
    private readonly redis: Redis,
    private readonly address: string,
  ) {}

  /** @throws Unmeasurable, without the password */
  static async connect(url: string): Promise<RedisClients> {
    const address = `Redis at ${new URL(url).host}`;
    const { redis, lastError } = await ownConnection(url, limitMs);
    try {
      await redis.connect();
      return new RedisClients(redis, address);
    } catch (error) {
      redis.disconnect();
      throw new Unmeasurable(`${address} cannot be reached: ${oneLine(reasonOf(lastError() ?? error), 120)}`);
    }
  }

  /** Ids of the connections of all clients but the verifier. @throws Unmeasurable */
  async others(): Promise<string[]> {
    return otherClients(String(await this.#ask("CLIENT LIST", this.redis.call("CLIENT", "LIST", "TYPE", "normal"))));
  }

  /** Breaks the connection of every client but this one. @throws Unmeasurable */
  async killOthers(): Promise<void> {
    await this.#ask("CLIENT KILL", this.redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"));
  }

  async #ask<T>(command: string, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw new Unmeasurable(`${this.address} refused ${command}: ${oneLine(reasonOf(error), 120)}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.redis.disconnect();
  }
}

/** Pure: the ids in the answer to CLIENT LIST, one client a line, without the verifier's own connections. */
export function otherClients(list: string): string[] {
  return list.split("\n").flatMap((line) => {
    const fields = new Map(
      line
        .trim()
        .split(" ")
        .map((field) => [field.split("=")[0], field.slice(field.indexOf("=") + 1)]),
    );
    const id = fields.get("id");
    return id === undefined || fields.get("name") === ownConnectionName ? [] : [id];
  });
}
