import type { Violation } from "../common/errors";
import { defaultImage, inClusterViolations, type InClusterRequest } from "../in-cluster/request";
import type { VerifyOptions } from "../options";
import type { Typed } from "./command";

/** Whether and how the verifier is to run inside the cluster. @param violations takes everything that is wrong with it */
export function readInCluster(typed: Typed, options: VerifyOptions, violations: Violation[]): InClusterRequest | undefined {
  const { inCluster, image } = typed;
  if (inCluster === undefined) {
    if (image !== undefined) {
      violations.push({ path: "--image", reason: "it names the image of a Job in the cluster", remedy: "add --in-cluster" });
    }
    return undefined;
  }
  if (inCluster !== true && inCluster !== "apply") {
    const remedy = "write --in-cluster to print manifests, or --in-cluster=apply";
    violations.push({ path: "--in-cluster", reason: `"${inCluster}" is not known here`, remedy });
    return undefined;
  }
  const request: InClusterRequest = { mode: inCluster === true ? "print" : "apply", image: image ?? defaultImage };
  violations.push(...inClusterViolations(request, options, (typed.report ?? []).length));
  return request;
}
