import { lookup } from "node:dns/promises";
import { hostInUrl } from "../../lib/net";
import { Unmeasurable } from "../common/errors";
import { safeUrl } from "../common/safe-url";
import type { ReplicasTarget } from "../options";
import type { ConnectedTarget } from "./target";

const loopback = { address: "127.0.0.1" };

/**
 * Endpoints that the user names: nothing to find, nothing to watch.
 * @throws Unmeasurable when two names lead to one address
 */
export async function connectReplicas(target: ReplicasTarget, concurrency: number): Promise<ConnectedTarget> {
  const nameOf = new Map<string, string>();
  for (const { name, url } of target.replicas) {
    const address = await addressOf(url);
    const other = nameOf.get(address);
    if (other !== undefined)
      throw new Unmeasurable(`replicas ${other} and ${name} are the same process: both lead to ${address}`);
    nameOf.set(address, name);
  }
  return {
    replicas: target.replicas,
    connectionsPerReplica: concurrency,
    redisUrl: async () => given(target.redisUrl, "no Redis was named: give --redis-url redis://HOST:PORT"),
    jaegerUrl: async () => given(target.jaegerUrl, "no Jaeger was named: give --jaeger-url http://HOST:16686"),
    explain: () => undefined,
    changes: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Only `localhost` is looked up: a proxy may tell other names apart although they share an address. */
async function addressOf(url: string): Promise<string> {
  const parsed = new URL(url);
  if (parsed.hostname === "localhost") parsed.hostname = hostInUrl((await lookup("localhost").catch(() => loopback)).address);
  if (parsed.hostname === "0.0.0.0") parsed.hostname = loopback.address;
  return safeUrl(parsed.href);
}

function given(url: string | undefined, otherwise: string): string {
  if (url === undefined) throw new Unmeasurable(otherwise);
  return url;
}
