import type { CoreV1Api, KubeConfig } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { existsSync } from "node:fs";
import { unlessAborted } from "../common/abort";
import { oneLine, reasonOf, Unmeasurable } from "../common/errors";
import type { KubernetesTarget } from "../options";
import { loadKubeConfig } from "./kube-config";
import { type KubernetesClient, loadKubernetesClient } from "./kubernetes-client";
import { readyPods, type ReadyPod } from "./pods";
import { Tunnel, type TunnelSocket } from "./tunnel";

/** Limit of one question to the API server, in milliseconds. */
const limitMs = 10_000;

/** The API server of one cluster, for one namespace. */
export class Cluster {
  private constructor(
    private readonly client: KubernetesClient,
    private readonly config: KubeConfig,
    private readonly api: CoreV1Api,
    private readonly namespace: string,
    /** The pods' addresses are those of the network that this process is in. */
    readonly isInside: boolean,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Loads the Kubernetes client, which takes longer than a small run, and reads the kubeconfig.
   * @throws UsageError when the kubeconfig cannot be read or has no such context
   * @throws Unmeasurable when there is none
   */
  static async connect(target: KubernetesTarget, signal: AbortSignal): Promise<Cluster> {
    const client = await loadKubernetesClient();
    const config = await loadKubeConfig(target);
    const inside =
      target.kubeconfig === undefined &&
      process.env["KUBERNETES_SERVICE_HOST"] !== undefined &&
      config.getCurrentContext() === "inClusterContext" &&
      existsSync("/var/run/secrets/kubernetes.io/serviceaccount/token");
    return new Cluster(client, config, config.makeApiClient(client.CoreV1Api), target.namespace, inside, signal);
  }

  /** Ready pods by name. @throws Unmeasurable when the API server cannot be asked */
  async readyPods(selector: string): Promise<ReadyPod[]> {
    const { items } = await this.#ask(`list pods in namespace ${this.namespace}`, () =>
      this.api.listNamespacedPod({ namespace: this.namespace, labelSelector: selector }),
    );
    return readyPods(items);
  }

  /** The decoded value of a Secret's key; undefined when there is none or it may not be read. */
  async secretValue(name: string, key: string): Promise<string | undefined> {
    try {
      const secret = await this.#ask(`read Secret ${name}`, () =>
        this.api.readNamespacedSecret({ namespace: this.namespace, name }),
      );
      const value = secret.data?.[key];
      return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8");
    } catch (error) {
      if (error instanceof Unmeasurable) return undefined;
      throw error;
    }
  }

  /** A loopback port that leads to a port of a pod. */
  tunnel(pod: string, port: number): Promise<Tunnel> {
    const portForward = new this.client.PortForward(this.config);
    return Tunnel.listen(async (connection, errors) => {
      const socket = (await portForward.portForward(this.namespace, pod, [port], connection, errors, connection)) as
        TunnelSocket | (() => TunnelSocket | null);
      if (typeof socket === "function") throw new Error("the port-forward cannot be watched");
      return socket;
    });
  }

  async #ask<T>(what: string, question: () => Promise<T>): Promise<T> {
    const server = this.config.getCurrentCluster()?.server ?? "unknown";
    let limit: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      limit = setTimeout(() => reject(new Error(`no answer within ${limitMs / 1000} s`)), limitMs);
    });
    try {
      return await unlessAborted(Promise.race([question(), tooLate]), this.signal);
    } catch (error) {
      throw new Unmeasurable(`cannot ${what} at the API server ${server}: ${apiReason(error)}`);
    } finally {
      clearTimeout(limit);
    }
  }
}

/** The API's own message where it gave one: client-node's carries the whole body and all headers. */
function apiReason(error: unknown): string {
  if (typeof error !== "object" || error === null) return reasonOf(error);
  if ("code" in error && typeof error.code === "number" && "body" in error) {
    const body: unknown = typeof error.body === "string" ? safeParse(error.body) : error.body;
    const message = typeof body === "object" && body !== null && "message" in body ? String(body.message) : "";
    return oneLine(`HTTP ${error.code} ${message}`);
  }
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  if (code === "ECONNREFUSED") return "connection refused; is the cluster up, and is this the right context?";
  return reasonOf(error);
}

function safeParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
