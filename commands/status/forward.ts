import { once } from "node:events";
import net from "node:net";
import { Unmeasurable } from "../../verify/common/errors";
import { defaultOptions } from "../../verify/options";
import { Cluster } from "../../verify/targets/cluster";
import { type Place, Ways } from "../../verify/targets/kubernetes/ways";
import { Tunnel } from "../../verify/targets/tunnel";

/** Ready pods of a workload, and their port. */
export interface Forwarded {
  readonly selector: string;
  readonly port: number;
}

/** Loopback ports, each of which leads to a ready pod of a workload. */
export class Forwarder implements AsyncDisposable {
  readonly #tunnels: Tunnel[] = [];

  constructor(
    private readonly cluster: { readonly readyPods: (selector: string) => Promise<readonly Place[]> },
    private readonly ways: Pick<Ways, "to"> & AsyncDisposable,
  ) {}

  /** @throws Unmeasurable, UsageError when the kubeconfig does not fit */
  static async connect(kubeconfig: string, namespace: string, signal: AbortSignal): Promise<Forwarder> {
    const cluster = await Cluster.connect({ ...defaultOptions.target, kubeconfig, namespace }, signal);
    return new Forwarder(cluster, new Ways(cluster));
  }

  /**
   * Each connection looks for a pod anew, so that the port outlives its pods.
   * @returns the port's address
   * @throws Unmeasurable when no pod is ready now
   */
  async to(forwarded: Forwarded): Promise<string> {
    await this.#way(forwarded);
    const tunnel = await Tunnel.listen(async (connection) => {
      const way = new URL(`http://${await this.#way(forwarded)}`);
      const upstream = net.connect(Number(way.port), way.hostname.replace(/^\[|\]$/g, ""));
      await once(upstream, "connect");
      upstream.on("error", () => connection.destroy());
      upstream.pipe(connection, { end: false });
      connection.pipe(upstream);
      return { on: (_event, listener) => upstream.on("close", listener), close: () => upstream.destroy() };
    });
    this.#tunnels.push(tunnel);
    return `http://127.0.0.1:${tunnel.port}`;
  }

  async #way({ selector, port }: Forwarded): Promise<string> {
    const [pod] = await this.cluster.readyPods(selector);
    if (pod === undefined) throw new Unmeasurable(`no pod ${selector} is ready`);
    return this.ways.to(pod, port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#tunnels.map((tunnel) => tunnel[Symbol.asyncDispose]()));
    await this.ways[Symbol.asyncDispose]();
  }
}
