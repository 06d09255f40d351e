import { lookup } from "node:dns/promises";
import { Unmeasurable } from "../common/errors";
import type { ReplicasTarget } from "../options";
import type { ConnectedTarget } from "./target";

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
  const { protocol, hostname, port, pathname } = new URL(url);
  const host = hostname === "localhost" ? await loopbackAddress() : hostname === "0.0.0.0" ? "127.0.0.1" : hostname;
  const given = port === "" ? (protocol === "https:" ? "443" : "80") : port;
  return `${host}:${given}${pathname.replace(/\/+$/, "")}`;
}

async function loopbackAddress(): Promise<string> {
  const { address, family } = await lookup("localhost").catch(() => ({ address: "127.0.0.1", family: 4 }));
  return family === 6 ? `[${address}]` : address;
}

function given(url: string | undefined, otherwise: string): string {
  if (url === undefined) throw new Unmeasurable(otherwise);
  return url;
}
