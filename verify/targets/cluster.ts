import type { V1Pod, V1Secret } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { isInPod, loadClientNode, podContext } from "../../lib/kubernetes/client-node";
import { Unmeasurable } from "../common/errors";
import type { KubernetesTarget } from "../options";
import { ApiServer } from "./api-server";
import { readyPods, type ReadyPod } from "./pods";
import { Tunnel, type TunnelSocket } from "./tunnel";

export class Cluster implements Disposable {
  private constructor(
    readonly api: ApiServer,
    private readonly namespace: string,
    /** The pods' addresses are those of the network that this process is in. */
    readonly isInside: boolean,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * @throws UsageError when the kubeconfig cannot be read or has no such context
   * @throws Unmeasurable when there is none, or its credentials cannot be used
   */
  static async connect(target: KubernetesTarget, signal: AbortSignal): Promise<Cluster> {
    const api = await ApiServer.connect(target);
    const isPodsOwn = target.kubeconfig === undefined && api.config.getCurrentContext() === podContext;
    return new Cluster(api, target.namespace, isPodsOwn && isInPod(), signal);
  }

  /** Ready pods by name. @throws Unmeasurable when the API server cannot be asked */
  async readyPods(selector: string): Promise<ReadyPod[]> {
    const query = { labelSelector: selector };
    const { items } = await this.#get<{ readonly items: readonly V1Pod[] }>("list pods in", "pods", query);
    return readyPods(items);
  }

  /** The decoded value of a Secret's key; undefined when there is none or it may not be read. */
  async secretValue(name: string, key: string): Promise<string | undefined> {
    try {
      const secret = await this.#get<V1Secret>(`read Secret ${name} in`, `secrets/${encodeURIComponent(name)}`);
      const value = secret.data?.[key];
      return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8");
    } catch (error) {
      if (error instanceof Unmeasurable) return undefined;
      throw error;
    }
  }

  async tunnel(pod: string, port: number): Promise<Tunnel> {
    const { PortForward } = await loadClientNode();
    const portForward = new PortForward(this.api.config);
    return Tunnel.listen(async (connection, errors) => {
      const socket = (await portForward.portForward(this.namespace, pod, [port], connection, errors, connection)) as
        TunnelSocket | (() => TunnelSocket | null);
      if (typeof socket === "function") throw new Error("the port-forward cannot be watched");
      return socket;
    });
  }

  [Symbol.dispose](): void {
    this.api[Symbol.dispose]();
  }

  #get<T>(what: string, below: string, query?: Readonly<Record<string, string>>): Promise<T> {
    const path = `/api/v1/namespaces/${encodeURIComponent(this.namespace)}/${below}`;
    const purpose = `${what} namespace ${this.namespace}`;
    return this.api.json<T>({ purpose, path, query, signal: this.signal, rights: "docs/verifier.md" });
  }
}
