import { safeUrl } from "../common/safe-url";
import type { KubernetesTarget, ReplicasTarget, VerifyOptions } from "../options";
import type { Progress } from "../common/progress";
import { connectKubernetes } from "./kubernetes";
import { connectReplicas } from "./replicas";
import type { ConnectedTarget } from "./target";

/** What is verified, in words and without credentials. */
export function describeTarget(target: KubernetesTarget | ReplicasTarget): string {
  if (target.kind === "replicas") {
    return `replicas ${target.replicas.map(({ name, url }) => `${name}=${safeUrl(url)}`).join(", ")}`;
  }
  const context = target.context === undefined ? "" : `, context ${target.context}`;
  return `kubernetes namespace ${target.namespace}, selector ${target.selector}${context}`;
}

/**
 * Finds the replicas.
 * @throws Unmeasurable when there is nothing to reach
 * @throws UsageError when the kubeconfig has no such context
 */
export async function connectTarget(
  target: KubernetesTarget | ReplicasTarget,
  options: Pick<VerifyOptions, "concurrency">,
  progress: Progress,
  signal: AbortSignal,
): Promise<ConnectedTarget> {
  if (target.kind === "replicas") return await connectReplicas(target, options.concurrency);
  progress({ phase: `looking for ready pods ${target.selector} in namespace ${target.namespace}` });
  return connectKubernetes(target, signal);
}
