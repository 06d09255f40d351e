import { readFileSync } from "node:fs";
import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { answers, hostInUrl } from "../../../lib/net";
import type { Replica } from "../../history";
import type { Cluster } from "../cluster";
import type { PodLook } from "../disruptable";
import type { Tunnel } from "../tunnel";

const gatewayPort = 12000;

/** Limit of the try whether a pod's address answers by itself, in milliseconds. */
const directLimitMs = 300;

/** Age up to which this process is a newcomer inside a cluster: network policies may not know its address yet. In milliseconds. */
const newcomerMs = 10_000;

const newcomerIntervalMs = 200;

/** What of a pod leads to it. */
export type Place = Pick<PodLook, "name" | "uid" | "podIp" | "hostIp">;

/** Ways to pods: their own address where that is known to be theirs, else a tunnel. Each is made once. */
export class Ways implements AsyncDisposable {
  readonly #found = new Map<string, Promise<string>>();
  readonly #tunnels = new Map<string, Tunnel>();
  readonly #replicas = new Map<string, Replica>();

  /** @param ageMs of this process, in milliseconds */
  constructor(
    private readonly cluster: Pick<Cluster, "isInside" | "tunnel"> & { readonly api?: Pick<Cluster["api"], "signal"> },
    private readonly ageMs = (): number => process.uptime() * 1_000,
  ) {}

  /** The gateway in a pod: the same object each time, as long as the pod is there. */
  async replica(pod: Place): Promise<Replica> {
    const url = `http://${await this.to(pod, gatewayPort)}`;
    const replica = this.#replicas.get(pod.uid) ?? { name: pod.name, pod: pod.name, url };
    this.#replicas.set(pod.uid, replica);
    return replica;
  }

  /** @returns host and port that lead to the pod */
  to(pod: Place, port: number): Promise<string> {
    const key = `${pod.uid}:${port}`;
    let way = this.#found.get(key);
    if (way === undefined) {
      way = this.#find(pod, port);
      this.#found.set(key, way);
      way.catch(() => this.#found.delete(key));
    }
    return way;
  }

  async #find(pod: Place, port: number): Promise<string> {
    if (pod.podIp !== undefined && this.#isItsOwn(pod) && (await this.#letsIn(pod.podIp, port))) {
      return `${hostInUrl(pod.podIp)}:${port}`;
    }
    const tunnel = await this.cluster.tunnel(pod.name, port);
    const address = `127.0.0.1:${tunnel.port}`;
    this.#tunnels.set(address, tunnel);
    return address;
  }

  async #letsIn(host: string, port: number): Promise<boolean> {
    while (!(await answers(host, port, directLimitMs))) {
      if (!this.cluster.isInside || this.ageMs() > newcomerMs || this.cluster.api?.signal.aborted) return false;
      await delay(newcomerIntervalMs);
    }
    return true;
  }

  /** Gives up the ways to a pod that is gone. */
  async close(uid: string): Promise<void> {
    this.#replicas.delete(uid);
    for (const [key, way] of [...this.#found].filter(([it]) => it.startsWith(`${uid}:`))) {
      this.#found.delete(key);
      const address = await way.catch(() => "");
      const tunnel = this.#tunnels.get(address);
      this.#tunnels.delete(address);
      await tunnel?.[Symbol.asyncDispose]();
    }
  }

  explain(address: string): string | undefined {
    return this.#tunnels.get(address)?.lastError;
  }

  /** Private addresses are used over and over: it is its own inside the cluster, or where packets go to the pod's very node. */
  #isItsOwn({ podIp, hostIp }: Place): boolean {
    if (this.cluster.isInside) return true;
    return podIp !== undefined && hostIp !== undefined && gatewayTo(podIp, routingTable()) === hostIp;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Those that are being made have tunnels, too.
    await Promise.allSettled(this.#found.values());
    await Promise.all([...this.#tunnels.values()].map((tunnel) => tunnel[Symbol.asyncDispose]()));
  }
}

/** Empty where the system has none to read. */
function routingTable(): string {
  try {
    return readFileSync("/proc/net/route", "utf8");
  } catch {
    return "";
  }
}

/**
 * Pure: the gateway to which Linux sends packets for an IPv4 address; undefined when the address is on a local link,
 * has no route, or is not IPv4.
 * @param table content of /proc/net/route: a header line, then interface, destination, gateway, flags, …, mask (column
 *   8), all numbers in hexadecimal and in the byte order of the machine (little-endian wherever Node.js runs Kubernetes)
 */
export function gatewayTo(address: string, table: string): string | undefined {
  if (!net.isIPv4(address)) return undefined;
  const wanted = Buffer.from(address.split(".").map(Number)).readUInt32LE();
  const number = (hexadecimal = ""): number => parseInt(hexadecimal, 16);
  const [best] = table
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .map((columns) => ({ destination: number(columns[1]), gateway: number(columns[2]), mask: number(columns[7]) }))
    .filter(({ destination, mask }) => (wanted & mask) >>> 0 === destination)
    // Masks are nested: the one of more bits is the larger number.
    .sort((a, b) => b.mask - a.mask);
  if (best === undefined || best.gateway === 0) return undefined;
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(best.gateway);
  return bytes.join(".");
}
