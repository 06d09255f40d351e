import { KubernetesApi } from "../../lib/kubernetes/api";
import { type ClientConfig, clientConfig, isInPod } from "../../lib/kubernetes/client-node";
import { KubernetesError } from "../../lib/kubernetes/errors";
import { KubeconfigError, readKubeconfig } from "../../lib/kubernetes/kubeconfig";
import { oneLine, Unmeasurable, UsageError } from "../common/errors";
import type { KubernetesTarget } from "../options";

type Named = Pick<KubernetesTarget, "kubeconfig" | "context">;

/**
 * The API server of a target.
 * @throws UsageError when the kubeconfig cannot be read or has no such context
 * @throws Unmeasurable when there is none, or its credentials cannot be used
 */
export async function connectApi(target: Named): Promise<KubernetesApi> {
  const config = await loadKubeConfig(target);
  try {
    return await KubernetesApi.connect(config);
  } catch (error) {
    throw error instanceof KubernetesError ? new Unmeasurable(oneLine(error.message)) : error;
  }
}

/** The kubeconfig that a target means, with its context chosen; without any, in a pod, the pod's own account. */
async function loadKubeConfig(target: Named): Promise<ClientConfig> {
  try {
    return await clientConfig(readKubeconfig(await import("yaml"), { content: target.kubeconfig, context: target.context }));
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    const { problem, message, contexts } = error;
    if (problem === "missing" && (process.env["KUBECONFIG"] ?? "") === "") {
      if (target.context === undefined && isInPod()) return clientConfig(undefined);
      throw new Unmeasurable("no kubeconfig was found: set KUBECONFIG, or name replicas with --replica NAME=URL");
    }
    if (problem === "context") {
      const remedy = contexts.length === 0 ? "the kubeconfig has none" : `choose from ${contexts.join(", ")}`;
      throw new UsageError([{ path: "--context", reason: message, remedy }]);
    }
    throw new UsageError([{ path: "kubeconfig", reason: message, remedy: "see $KUBECONFIG or ~/.kube/config" }]);
  }
}
