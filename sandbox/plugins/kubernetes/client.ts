import * as yaml from "yaml";
import { KubernetesApi } from "../../../lib/kubernetes/api";
import { type ClientConfig, clientConfig, isInPod } from "../../../lib/kubernetes/client-node";
import { Unreachable } from "../../../lib/kubernetes/errors";
import { KubeconfigError, readKubeconfig } from "../../../lib/kubernetes/kubeconfig";
import { KubernetesObjects } from "../../../lib/kubernetes/objects";
import { sourceOf } from "./kubeconfig";
import type { KubernetesObject, ObjectRef } from "./objects";
import type { ProviderSettings } from "./settings";

/** How long the API server may take to answer one request: admission webhooks take their time. */
const limitMs = 30_000;
/** Each object that is waited for is watched, and the engine works on many at the same time. */
const connections = 256;
/** Longest watch of one object. A longer wait goes on without one. */
const watchLimitMs = 600_000;

/** The objects of a cluster, as the provider asks for them. */
export class ClusterClient extends KubernetesObjects<KubernetesObject> {
  /** @throws Unreachable where the kubeconfig names no cluster; Error where it cannot be read. */
  static async connect(settings: ProviderSettings, onWarning: (warning: string) => void): Promise<ClusterClient> {
    return new ClusterClient(await KubernetesApi.connect(await configOf(settings), { limitMs, connections, onWarning }));
  }

  /** @throws Refusal where the cluster does not know the kind */
  async isNamespaced(apiVersion: string, kind: string): Promise<boolean> {
    await this.path({ apiVersion, kind, namespace: undefined, name: "" });
    return (await this.served(apiVersion, kind))?.namespaced === true;
  }

  /** The last lines that a container wrote; `previous` for the run before its restart. */
  async logs(namespace: string, pod: string, container: string, previous: boolean, lines: number): Promise<string> {
    const query = { container, previous: String(previous), tailLines: String(lines) };
    return this.api.text({ path: `/api/v1/namespaces/${namespace}/pods/${pod}/log`, query });
  }

  /** Calls back with every change of one object, until `signal`; ends by itself when the API server ends the watch. */
  async watch(ref: ObjectRef, signal: AbortSignal, onChange: () => void): Promise<void> {
    const query = { watch: "true", fieldSelector: `metadata.name=${ref.name}` };
    await this.api.lines({ path: await this.path({ ...ref, name: "" }), query, signal, limitMs: watchLimitMs }, onChange);
  }
}

async function configOf(settings: ProviderSettings): Promise<ClientConfig> {
  try {
    return await clientConfig(readKubeconfig(yaml, sourceOf(settings)));
  } catch (error) {
    if (!(error instanceof KubeconfigError) || error.problem === "unreadable") throw error;
    if (error.problem === "missing" && isInPod()) return clientConfig(undefined);
    throw new Unreachable("an unknown address", error.message, false);
  }
}
