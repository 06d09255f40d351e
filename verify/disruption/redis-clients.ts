import type { Redis } from "ioredis";
import { oneLine, reasonOf, Unmeasurable } from "../common/errors";
import { connectRedis, ownConnectionName } from "../redis/connect";

/** Limit of connecting and of one command, in milliseconds. */
const limitMs = 5_000;

/** Who is connected to Redis, and the end of it. All methods throw Unmeasurable, without the password. */
export class RedisClients implements AsyncDisposable {
  private constructor(private readonly redis: Redis) {}

  static async connect(url: string): Promise<RedisClients> {
    return new RedisClients(await connectRedis(url, limitMs));
  }

  /** Ids of the connections of all clients but the verifier. */
  async others(): Promise<string[]> {
    return otherClients(String(await this.#client("LIST", "TYPE", "normal")));
  }

  /** Breaks the connection of every client but this one. */
  async killOthers(): Promise<void> {
    await this.#client("KILL", "TYPE", "normal", "SKIPME", "yes");
  }

  async #client(command: string, ...parameters: readonly string[]): Promise<unknown> {
    try {
      return await this.redis.call("CLIENT", command, ...parameters);
    } catch (error) {
      const { host, port } = this.redis.options;
      throw new Unmeasurable(`Redis at ${host}:${port} refused CLIENT ${command}: ${oneLine(reasonOf(error), 120)}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.redis.disconnect();
  }
}

/** Pure: the ids in the answer to CLIENT LIST, one client a line, without the verifier's own connections. */
export function otherClients(list: string): string[] {
  return list.split("\n").flatMap((line) => {
    const id = /^id=(\d+) /.exec(line)?.[1];
    return id === undefined || line.includes(` name=${ownConnectionName} `) ? [] : [id];
  });
}
