import type { V1Pod, V1Secret } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import type { KubernetesApi } from "../../lib/kubernetes/api";
import { isInPod, loadClientNode, podContext } from "../../lib/kubernetes/client-node";
import { Unmeasurable } from "../common/errors";
import type { KubernetesTarget } from "../options";
import { connectApi } from "./connect-api";
import { NamespaceApi } from "./namespace-api";
import { type Pod, podsOf } from "./pods";
import { Tunnel, type TunnelSocket } from "./tunnel";

export class Cluster implements Disposable {
  readonly api: NamespaceApi;
  /** Kubeconfig context; undefined inside a cluster. */
  readonly context: string | undefined;
  /** The pods' addresses are those of the network that this process is in. */
  readonly isInside: boolean;

  private constructor(
    private readonly connection: KubernetesApi,
    { kubeconfig, namespace }: KubernetesTarget,
    signal: AbortSignal,
  ) {
    const context = connection.config.getCurrentContext();
    this.api = new NamespaceApi(connection, namespace, signal);
    this.context = context === "" || context === podContext ? undefined : context;
    this.isInside = kubeconfig === undefined && context === podContext && isInPod();
  }

  /**
   * @throws UsageError when the kubeconfig cannot be read or has no such context
   * @throws Unmeasurable when there is none, or its credentials cannot be used
   */
  static async connect(target: KubernetesTarget, signal: AbortSignal): Promise<Cluster> {
    return new Cluster(await connectApi(target), target, signal);
  }

  /** Ready pods by name. @throws Unmeasurable when the API server cannot be asked */
  async readyPods(selector: string): Promise<Pod[]> {
    return podsOf(await this.api.list<V1Pod>("Pod", { labelSelector: selector })).filter(({ ready }) => ready);
  }

  /** The decoded value of a Secret's key; undefined when there is none or it may not be read. */
  async secretValue(name: string, key: string): Promise<string | undefined> {
    try {
      const value = (await this.api.get<V1Secret>("Secret", name)).data?.[key];
      return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8");
    } catch (error) {
      if (error instanceof Unmeasurable) return undefined;
      throw error;
    }
  }

  async tunnel(pod: string, port: number): Promise<Tunnel> {
    const { PortForward } = await loadClientNode();
    const portForward = new PortForward(this.connection.config);
    return Tunnel.listen(async (connection, errors) => {
      const socket = (await portForward.portForward(this.api.namespace, pod, [port], connection, errors, connection)) as
        TunnelSocket | (() => TunnelSocket | null);
      if (typeof socket === "function") throw new Error("the port-forward cannot be watched");
      return socket;
    });
  }

  [Symbol.dispose](): void {
    this.connection[Symbol.dispose]();
  }
}
