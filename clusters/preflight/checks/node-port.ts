import type { ClusterFacts } from "../facts";
import { type Finding, obstacle, warning } from "../finding";
import { isOwn, isThere } from "../ownership";
import type { Plan } from "../plan";

/** Nobody else has the port of the nodes that the gateway's service takes. */
export function checkNodePort(facts: ClusterFacts, plan: Plan): Finding[] {
  const { nodePort, stackId } = plan;
  if (nodePort === undefined) return [];
  const remedy = "pulumi config set serviceType LoadBalancer, or ClusterIP, or free the port";
  const { services, nodePortTaken } = facts;
  if ("seen" in services) {
    const holder = services.seen.find(({ spec }) => spec?.ports?.some((port) => port.nodePort === nodePort));
    if (holder === undefined || isOwn(holder, stackId)) return [];
    const { namespace, name } = holder.metadata ?? {};
    return [obstacle("serviceType", `port ${nodePort} of the nodes is taken by the service ${namespace}/${name}`, remedy)];
  }
  // Our own service may have it; which port it has is seen when it is changed.
  if (plan.objects.some(({ kind, name }) => kind === "Service" && isThere(facts.found, kind, name, stackId))) return [];
  if ("seen" in nodePortTaken) {
    return nodePortTaken.seen
      ? [obstacle("serviceType", `port ${nodePort} of the nodes is taken by another service`, remedy)]
      : [];
  }
  return [
    warning(
      "serviceType",
      `whether port ${nodePort} of the nodes is free could not be checked: ${services.unseen}`,
      `if it is not: ${remedy}`,
    ),
  ];
}
