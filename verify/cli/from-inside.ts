import type { InClusterOutcome } from "../in-cluster";
import type { JobOptions } from "../in-cluster/job-arguments";
import type { VerifyOptions } from "../options";
import type { Progress } from "../common/progress";

/**
 * Manifests of a Job that verifies from inside the cluster, as YAML.
 * @throws UsageError when the verifier is not one that can be sent there
 */
export async function jobManifests(options: VerifyOptions, image: string): Promise<string> {
  const { readProgram, renderManifests } = await import("../in-cluster/index.js");
  return renderManifests(asJobOptions(options), readProgram(), image);
}

/**
 * Verifies by such a Job.
 * @throws UsageError when the verifier is not one that can be sent there, or the kubeconfig does not fit
 */
export async function verifyFromInside(options: VerifyOptions, image: string, progress?: Progress): Promise<InClusterOutcome> {
  const { readProgram, runInCluster } = await import("../in-cluster/index.js");
  return runInCluster(asJobOptions(options), readProgram(), image, progress);
}

/** Other targets are usage errors, found when the command line was read. */
function asJobOptions(options: VerifyOptions): JobOptions {
  const { target } = options;
  if (target.kind !== "kubernetes") throw new Error(`a Job cannot verify a target of the kind ${target.kind}`);
  return { ...options, target };
}
