import { safeUrl } from "../common/safe-url";
import type { VerifyOptions } from "../options";
import type { Progress } from "../common/progress";
import { connectKubernetes } from "./kubernetes";
import { connectReplicas } from "./replicas";
import type { ConnectedTarget } from "./target";

/** What is verified, in words and without credentials. */
export function describeTarget(target: VerifyOptions["target"]): string {
  if (target.kind === "url") return `url ${safeUrl(target.url)}`;
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
  target: VerifyOptions["target"],
  options: Pick<VerifyOptions, "concurrency">,
  progress: Progress,
  signal: AbortSignal,
): Promise<ConnectedTarget> {
  if (target.kind === "replicas") return await connectReplicas(target, options.concurrency);
  if (target.kind === "url") {
    // Twice, as what is asked again may be answered by another replica.
    const [door, named] = [{ name: "url", url: target.url }, { ...target, kind: "replicas", replicas: [] } as const];
    return { ...(await connectReplicas(named, options.concurrency)), replicas: [door, door], behind: [] };
  }
  progress({ phase: `looking for ready pods ${target.selector} in namespace ${target.namespace}` });
  return connectKubernetes(target, signal);
}
