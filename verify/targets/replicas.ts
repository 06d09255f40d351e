import { lookup } from "node:dns/promises";
import { Unmeasurable } from "../common/errors";
import type { ReplicasTarget } from "../options";
import type { ConnectedTarget } from "./target";

/**
 * Endpoints that the user names: nothing to find, nothing to watch.
 * @throws Unmeasurable when two names lead to one address
 */
export async function connectReplicas(target: ReplicasTarget, concurrency: number): Promise<ConnectedTarget> {
  const same = sameAddress(await Promise.all(target.replicas.map(addressOf)));
  if (same !== undefined) {
    const { one, other, address } = same;
    throw new Unmeasurable(`replicas ${one} and ${other} are the same process: both lead to ${address}`);
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

export interface ReplicaAddress {
  readonly name: string;
  readonly address: string;
}

/** Only `localhost` is looked up: a proxy may tell other names apart although they share an address. */
async function addressOf({ name, url }: ReplicasTarget["replicas"][number]): Promise<ReplicaAddress> {
  const { protocol, hostname, port, pathname } = new URL(url);
  const host = hostname === "localhost" ? await loopbackAddress() : hostname === "0.0.0.0" ? "127.0.0.1" : hostname;
  return { name, address: `${host}:${port === "" ? defaultPorts[protocol] : port}${pathname.replace(/\/+$/, "")}` };
}

async function loopbackAddress(): Promise<string> {
  const { address, family } = await lookup("localhost").catch(() => ({ address: "127.0.0.1", family: 4 }));
  return family === 6 ? `[${address}]` : address;
}

const defaultPorts: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

function sameAddress(
  replicas: readonly ReplicaAddress[],
): { readonly one: string; readonly other: string; readonly address: string } | undefined {
  const nameOf = new Map<string, string>();
  for (const { name, address } of replicas) {
    const one = nameOf.get(address);
    if (one !== undefined) return { one, other: name, address };
    nameOf.set(address, name);
  }
  return undefined;
}

function given(url: string | undefined, otherwise: string): string {
  if (url === undefined) throw new Unmeasurable(otherwise);
  return url;
}
