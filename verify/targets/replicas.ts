import { networkInterfaces } from "node:os";
import { hostInUrl } from "../../lib/net";
import { Unmeasurable } from "../common/errors";
import { safeUrl } from "../common/safe-url";
import type { ReplicasTarget } from "../options";
import type { ConnectedTarget } from "./target";

/**
 * Endpoints that the user names: nothing to find, nothing to watch.
 * @throws Unmeasurable when two names lead to one address
 */
export async function connectReplicas(target: ReplicasTarget, concurrency: number): Promise<ConnectedTarget> {
  const nameOf = new Map<string, string>();
  for (const { name, url } of target.replicas) {
    const address = addressOf(url);
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

/** A URL with its address spelled in one way, one for all of this machine. Names stay: a proxy may tell them apart. */
function addressOf(given: string): string {
  const url = new URL(given);
  const own = Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => hostInUrl(address)));
  const [, high, low = ""] = /^\[::ffff:([0-9a-f]+):([0-9a-f]+)\]$/.exec(url.hostname) ?? [];
  if (high !== undefined) url.hostname = `0x${high}${low.padStart(4, "0")}`;
  const isHere = /^(127(\.\d+){3}|0\.0\.0\.0|\[::1?\]|localhost\.?)$/.test(url.hostname) || own.includes(url.hostname);
  if (isHere) url.hostname = "127.0.0.1";
  return safeUrl(url.href);
}

function given(url: string | undefined, otherwise: string): string {
  if (url === undefined) throw new Unmeasurable(otherwise);
  return url;
}
