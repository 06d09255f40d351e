import { hostInUrl } from "../../lib/net";
import { oneLine, Unmeasurable } from "../common/errors";
import { ownConnectionName, withRedis } from "./connect";

/** Limit of connecting and of one command, in milliseconds. */
const limitMs = 5_000;

/**
 * Ids of the connections of all clients but the verifier.
 * @param from only of those that come from this address
 * @throws Unmeasurable without the password
 */
export async function otherClients(url: string, from?: string): Promise<string[]> {
  const list = await client(url, "LIST", "TYPE", "normal");
  // The verifier's own connection is among them; a reply that has none says nothing of others.
  if (!/^id=\d+ /m.test(list)) throw new Unmeasurable(`Redis answered CLIENT LIST with "${oneLine(list, 60)}"`);
  const place = from === undefined ? "" : ` addr=${hostInUrl(from)}:`;
  const others = list.split("\n").filter((line) => !line.includes(` name=${ownConnectionName} `) && line.includes(place));
  return others.flatMap((line) => /^id=(\d+) /.exec(line)?.[1] ?? []);
}

/**
 * Breaks the connection of every client but the one that does it, or only those with these ids.
 * @throws Unmeasurable without the password, and where one of `ids` is gone already
 */
export async function killClients(url: string, ids?: readonly string[]): Promise<void> {
  if (ids === undefined) await client(url, "KILL", "TYPE", "normal", "SKIPME", "yes");
  for (const id of ids ?? []) await client(url, "KILL", "ID", id);
}

/**
 * Lets every command of all clients wait until some time is over, less than 5 s.
 * @param account URL with a user that may do that
 * @returns time from when that was asked for to the answer to a PING that the user of `url` sent afterwards, in milliseconds
 * @throws Unmeasurable where it may not
 */
export function pauseClients(url: string, account: string, pauseMs: number): Promise<number> {
  return withRedis(url, limitMs, async (redis) => {
    const sentAt = await withRedis(account, limitMs, async (pausing) => {
      // From its answer on, one that is read late would make the pause look shorter.
      const askedAt = performance.now();
      await pausing.call("CLIENT", "PAUSE", String(pauseMs), "ALL");
      return askedAt;
    });
    await redis.ping();
    return performance.now() - sentAt;
  });
}

/** The command `CLIENT`, on a connection of its own. */
async function client(url: string, name: string, ...parameters: readonly string[]): Promise<string> {
  return withRedis(url, limitMs, async (redis) => String(await redis.call("CLIENT", name, ...parameters)));
}
