import type { V1Pod, V1Secret } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { KubernetesApi } from "../../lib/kubernetes/api";
import { type ClientConfig, clientConfig, isInPod, loadClientNode, podContext } from "../../lib/kubernetes/client-node";
import { KubernetesError } from "../../lib/kubernetes/errors";
import { KubeconfigError, readKubeconfig } from "../../lib/kubernetes/kubeconfig";
import { within } from "../../lib/wait";
import { oneLine, Unmeasurable, UsageError } from "../common/errors";
import type { KubernetesTarget } from "../options";
import { NamespaceApi } from "./namespace-api";
import { type Pod, podsOf } from "./pods";
import { Tunnel, type TunnelSocket } from "./tunnel";

type Named = Pick<KubernetesTarget, "kubeconfig" | "context" | "namespace">;

/** A namespace of a cluster, and the ways to its pods. Disposing of it closes the connections to the API server. */
export class Cluster implements Disposable {
  /** Kubeconfig context; undefined inside a cluster. */
  readonly context: string | undefined;
  /** The pods' addresses are those of the network that this process is in. */
  readonly isInside: boolean;

  private constructor(
    readonly api: NamespaceApi,
    private readonly connection: KubernetesApi,
    kubeconfig: string | undefined,
  ) {
    const context = connection.config.getCurrentContext();
    this.context = context === "" || context === podContext ? undefined : context;
    this.isInside = kubeconfig === undefined && context === podContext && isInPod();
  }

  /**
   * @throws UsageError when the kubeconfig cannot be read or has no such context
   * @throws Unmeasurable when there is none, or its credentials cannot be used
   */
  static async connect(target: Named, signal: AbortSignal): Promise<Cluster> {
    const config = await loadKubeConfig(target);
    // A program that gives credentials has its own limit; a server that renews them has none.
    const late = (): Error => new Unmeasurable("the kubeconfig's credentials could not be renewed within 15 s");
    try {
      const connection = await within(15_000, signal, () => KubernetesApi.connect(config), late);
      return new Cluster(new NamespaceApi(connection, target.namespace, signal), connection, target.kubeconfig);
    } catch (error) {
      throw error instanceof KubernetesError ? new Unmeasurable(oneLine(error.message)) : error;
    }
  }

  /** Pods by name, apart from those that ended for good. @throws Unmeasurable when the API server cannot be asked */
  async pods(selector: string): Promise<Pod[]> {
    return podsOf(await this.api.list<V1Pod>("Pod", { labelSelector: selector }));
  }

  /** Likewise, the ready ones. */
  async readyPods(selector: string): Promise<Pod[]> {
    return (await this.pods(selector)).filter(({ ready }) => ready);
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

  /** A tunnel to a port of a pod. */
  async tunnel(pod: string, port: number): Promise<Tunnel> {
    const { PortForward } = await loadClientNode();
    const { config } = this.connection;
    return Tunnel.listen(async (connection, errors, signal) => {
      const { namespace } = this.api;
      // What it puts there is the WebSocket's: a server that says nothing would be waited for without an end.
      const applyToHTTPSOptions = async (options: object): Promise<void> => {
        await config.applyToHTTPSOptions(options);
        Object.assign(options, { signal, closeTimeout: 2_000 });
      };
      const portForward = new PortForward(
        Object.create(config, { applyToHTTPSOptions: { value: applyToHTTPSOptions } }) as ClientConfig,
      );
      // A function only where it is told to try again.
      return (await portForward.portForward(namespace, pod, [port], connection, errors, connection)) as TunnelSocket;
    });
  }

  [Symbol.dispose](): void {
    this.connection[Symbol.dispose]();
  }
}

/** The kubeconfig that a target means, with its context chosen; without any, in a pod, the pod's own account. */
async function loadKubeConfig({ kubeconfig: content, context }: Named): Promise<ClientConfig> {
  try {
    return await clientConfig(readKubeconfig(await import("yaml"), { content, context }));
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    const { problem, message, contexts } = error;
    if (problem === "missing" && (process.env["KUBECONFIG"] ?? "") === "") {
      if (context === undefined && isInPod()) return clientConfig(undefined);
      throw new Unmeasurable("no kubeconfig was found: set KUBECONFIG, or name replicas with --replica NAME=URL");
    }
    if (problem === "context") {
      const remedy = contexts.length === 0 ? "the kubeconfig has none" : `choose from ${contexts.join(", ")}`;
      throw new UsageError([{ path: "--context", reason: message, remedy }]);
    }
    throw new UsageError([{ path: "kubeconfig", reason: message, remedy: "see $KUBECONFIG or ~/.kube/config" }]);
  }
}
