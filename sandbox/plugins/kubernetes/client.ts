import { existsSync } from "node:fs";
import * as yaml from "yaml";
import { KubernetesApi } from "../../../lib/kubernetes/api";
import { type ClientConfig, clientConfig, isInPod } from "../../../lib/kubernetes/client-node";
import { Unreachable } from "../../../lib/kubernetes/errors";
import { type Kubeconfig, KubeconfigError, readKubeconfig } from "../../../lib/kubernetes/kubeconfig";
import { KubernetesObjects } from "../../../lib/kubernetes/objects";
import type { KubernetesObject } from "./objects";
import type { ClusterSettings } from "./settings";

/** How long the API server may take to answer one request: admission webhooks take their time. */
const limitMs = 30_000;

/** The objects of a cluster. */
export type ClusterClient = KubernetesObjects<KubernetesObject>;

/** @throws Unreachable where the kubeconfig names no cluster; Error where it cannot be read. */
export async function connect(settings: ClusterSettings, onWarning: (warning: string) => void): Promise<ClusterClient> {
  return new KubernetesObjects(await KubernetesApi.connect(await configOf(settings), { limitMs, onWarning }));
}

async function configOf(settings: ClusterSettings): Promise<ClientConfig> {
  try {
    return await clientConfig(kubeconfigOf(settings));
  } catch (error) {
    if (!(error instanceof KubeconfigError) || error.problem === "unreadable") throw error;
    if (error.problem === "missing" && isInPod()) return clientConfig(undefined);
    throw new Unreachable("an unknown address", error.message, false);
  }
}

/** What the provider's settings mean: `kubeconfig` is the content of one, or the path of one. @throws KubeconfigError */
export function kubeconfigOf({ kubeconfig, context, cluster }: ClusterSettings): Kubeconfig {
  const isPath = kubeconfig !== undefined && !kubeconfig.includes("\n") && existsSync(kubeconfig);
  return readKubeconfig(yaml, { ...(isPath ? { files: [kubeconfig] } : { content: kubeconfig }), context, cluster });
}
