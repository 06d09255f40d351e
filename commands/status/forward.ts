import { Unmeasurable } from "../../verify/common/errors";
import { defaultOptions } from "../../verify/options";
import { Cluster } from "../../verify/targets/cluster";
import type { Tunnel } from "../../verify/targets/tunnel";

/** Ready pods of a workload, and their port. */
export interface Forwarded {
  readonly selector: string;
  readonly port: number;
}

/** Loopback ports, each of which leads to a ready pod of a workload. */
export class Forwarder implements AsyncDisposable {
  readonly #tunnels: Tunnel[] = [];

  constructor(
    private readonly cluster: Pick<Cluster, "tunnel"> &
      Disposable & { readonly readyPods: (selector: string) => Promise<readonly { readonly name: string }[]> },
  ) {}

  /** @throws Unmeasurable, UsageError when the kubeconfig does not fit */
  static async connect(kubeconfig: string, namespace: string, signal: AbortSignal): Promise<Forwarder> {
    return new Forwarder(await Cluster.connect({ ...defaultOptions.target, kubeconfig, namespace }, signal));
  }

  /**
   * Each connection looks for a pod anew, so that the port outlives its pods.
   * @returns the port's address
   * @throws Unmeasurable when no pod is ready now
   */
  async to({ selector, port }: Forwarded): Promise<string> {
    const readyPod = async (): Promise<string> => {
      const [pod] = await this.cluster.readyPods(selector);
      if (pod === undefined) throw new Unmeasurable(`no pod ${selector} is ready`);
      return pod.name;
    };
    await readyPod();
    const tunnel = await this.cluster.tunnel(readyPod, port);
    this.#tunnels.push(tunnel);
    return `http://127.0.0.1:${tunnel.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#tunnels.map((tunnel) => tunnel[Symbol.asyncDispose]()));
    this.cluster[Symbol.dispose]();
  }
}
