import type { ClusterFacts } from "../facts";
import { type Finding, warning } from "../finding";
import type { Plan } from "../plan";

/** On minikube addresses need help from outside. */
export function checkMinikube({ context, minikube }: ClusterFacts, { serviceType, namespace }: Plan): Finding[] {
  if (!minikube) return [];
  const profile = context === "minikube" ? "" : ` --profile ${context}`;
  if (serviceType === "LoadBalancer") {
    const reason = "minikube gives a LoadBalancer its address only while a tunnel is open, and the update waits for it";
    return [
      warning("serviceType", reason, `minikube tunnel${profile}, in another terminal; or pulumi config set serviceType NodePort`),
    ];
  }
  if (serviceType === "NodePort") {
    const reason = "with minikube's docker driver ports of the node do not answer on this machine";
    return [
      warning(
        "serviceType",
        reason,
        `minikube${profile} service plano --namespace ${namespace} --url shows an address that does`,
      ),
    ];
  }
  return [];
}
