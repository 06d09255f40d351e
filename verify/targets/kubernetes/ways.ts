import { readFileSync } from "node:fs";
import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Cluster } from "../cluster";
import type { ReadyPod } from "../pods";
import { gatewayTo } from "../route";
import type { Tunnel } from "../tunnel";

/** Limit of the try whether a pod's address answers by itself, in milliseconds. */
const directLimitMs = 300;

/** Age up to which this process is a newcomer inside a cluster: network policies may not know its address yet. In milliseconds. */
const newcomerMs = 10_000;

const newcomerIntervalMs = 200;

/** Ways to pods: their own address where that is known to be theirs, else a tunnel. Each is made once. */
export class Ways implements AsyncDisposable {
  readonly #found = new Map<string, Promise<string>>();
  readonly #tunnels = new Map<string, Tunnel>();

  /** @param ageMs of this process, in milliseconds */
  constructor(
    private readonly cluster: Pick<Cluster, "isInside" | "tunnel">,
    private readonly ageMs = (): number => process.uptime() * 1_000,
  ) {}

  /** @returns host and port that lead to the pod */
  to(pod: ReadyPod, port: number): Promise<string> {
    const key = `${pod.uid}:${port}`;
    let way = this.#found.get(key);
    if (way === undefined) {
      way = this.#find(pod, port);
      this.#found.set(key, way);
      way.catch(() => this.#found.delete(key));
    }
    return way;
  }

  async #find(pod: ReadyPod, port: number): Promise<string> {
    if (pod.podIp !== undefined && this.#isItsOwn(pod) && (await this.#letsIn(pod.podIp, port))) {
      return `${pod.podIp.includes(":") ? `[${pod.podIp}]` : pod.podIp}:${port}`;
    }
    const tunnel = await this.cluster.tunnel(pod.name, port);
    const address = `127.0.0.1:${tunnel.port}`;
    this.#tunnels.set(address, tunnel);
    return address;
  }

  async #letsIn(host: string, port: number): Promise<boolean> {
    while (!(await answers(host, port))) {
      if (!this.cluster.isInside || this.ageMs() > newcomerMs) return false;
      await delay(newcomerIntervalMs);
    }
    return true;
  }

  async close(uid: string): Promise<void> {
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

  /**
   * Private addresses are used over and over, so that an answer alone does not show that it is the pod's. It is when we
   * are inside the cluster, or when this machine sends packets for the address to the very node that runs the pod.
   */
  #isItsOwn({ podIp, hostIp }: ReadyPod): boolean {
    if (this.cluster.isInside) return true;
    return podIp !== undefined && hostIp !== undefined && gatewayTo(podIp, routingTable()) === hostIp;
  }

  async [Symbol.asyncDispose](): Promise<void> {
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

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: directLimitMs });
    const end = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}
