import type { ClusterFacts } from "../facts";
import { type Finding, obstacle, warning } from "../finding";
import type { Plan } from "../plan";

/** Somebody gives the autoscaler its figures. */
export function checkMetrics({ metricsApi }: ClusterFacts, plan: Plan): Finding[] {
  if (plan.metricsServer !== "cluster" || ("seen" in metricsApi && metricsApi.seen === "served")) return [];
  if ("unseen" in metricsApi) {
    const reason = `the metrics API does not answer: ${metricsApi.unseen}`;
    return [warning("metricsServer", reason, "without it nothing scales on CPU; see `kubectl top pods`")];
  }
  const reason = "the cluster has no metrics API, so that the autoscaler would sit at unknown";
  const remedy = "pulumi config set metricsServer install (needs rights in the whole cluster), or ignore to run without scaling";
  return [obstacle("metricsServer", reason, remedy)];
}
