import type { ClusterFacts } from "../facts";
import { type Finding, obstacle, warning } from "../finding";
import type { Plan } from "../plan";

/** Somebody gives the autoscaler its figures. */
export function checkMetrics({ context, metricsApi, minikube }: ClusterFacts, plan: Plan): Finding[] {
  if (plan.metricsServer !== "cluster" || ("seen" in metricsApi && metricsApi.seen === "served")) return [];
  if ("unseen" in metricsApi) {
    const reason = `the metrics API does not answer: ${metricsApi.unseen}`;
    return [warning("metricsServer", reason, "without it nothing scales on CPU; see `kubectl top pods`")];
  }
  const reason = "the cluster has no metrics API, so that the autoscaler would sit at unknown";
  return [obstacle("metricsServer", reason, `${install(context, minikube, plan.onKind)}; or ignore, to run without scaling`)];
}

/** metrics-server reads kubelets by TLS: one whose certificate no authority signed has to be taken unseen. */
function install(context: string, minikube: boolean, onKind: boolean): string {
  if (minikube) return `minikube addons enable metrics-server${context === "minikube" ? "" : ` --profile ${context}`}`;
  const setting = "pulumi config set metricsServer install (needs rights in the whole cluster";
  return onKind
    ? `${setting})`
    : `${setting}, and kubelets whose certificates the cluster's authority signed, as kubeadm's and kind's are not: ` +
        "there install metrics-server yourself with --kubelet-insecure-tls)";
}
