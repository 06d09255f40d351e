import { oneLine, reasonOf, Unmeasurable } from "../common/errors";
import { connectRedis, ownConnectionName } from "../redis/connect";

/** Limit of connecting and of one command, in milliseconds. */
const limitMs = 5_000;

/**
 * Ids of the connections of all clients but the verifier.
 * @throws Unmeasurable without the password
 */
export async function otherClients(url: string): Promise<string[]> {
  return otherIds(await command(url, "LIST", "TYPE", "normal"));
}

/**
 * Breaks the connection of every client but the one that does it.
 * @throws Unmeasurable without the password
 */
export async function killClients(url: string): Promise<void> {
  await command(url, "KILL", "TYPE", "normal", "SKIPME", "yes");
}

async function command(url: string, name: string, ...parameters: readonly string[]): Promise<string> {
  const redis = await connectRedis(url, limitMs);
  try {
    return String(await redis.call("CLIENT", name, ...parameters));
  } catch (error) {
    const { host, port } = redis.options;
    throw new Unmeasurable(`Redis at ${host}:${port} refused CLIENT ${name}: ${oneLine(reasonOf(error), 120)}`);
  } finally {
    redis.disconnect();
  }
}

/** Pure: the ids in the answer to CLIENT LIST, one client a line, without the verifier's own connections. */
export function otherIds(list: string): string[] {
  const others = list.split("\n").filter((line) => !line.includes(` name=${ownConnectionName} `));
  return others.flatMap((line) => /^id=(\d+) /.exec(line)?.[1] ?? []);
}
