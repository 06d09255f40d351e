import { type ClusterFacts, seenOr } from "../facts";
import { type Finding, obstacle, warning } from "../finding";
import { isOwn, isThere } from "../ownership";
import type { Plan } from "../plan";

/** Nobody else has the ports of the nodes that the stack's services take. */
export function checkNodePort(facts: ClusterFacts, plan: Plan): Finding[] {
  return [...checkGatewayPort(facts, plan), ...checkFixedPorts(facts, plan)];
}

function checkGatewayPort(facts: ClusterFacts, plan: Plan): Finding[] {
  const { nodePort, stackId } = plan;
  if (nodePort === undefined) return [];
  const remedy = "pulumi config set serviceType LoadBalancer, or ClusterIP, or free the port";
  const { services, nodePortTaken } = facts;
  if ("seen" in services) {
    const holder = holderOf(facts, plan, nodePort);
    return holder === undefined ? [] : [obstacle("serviceType", taken(nodePort, holder), remedy)];
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

/** Ports that no setting moves; on a cluster that is joined by its context nothing takes them. */
function checkFixedPorts(facts: ClusterFacts, plan: Plan): Finding[] {
  return plan.objects.flatMap(({ name, nodePort }) => {
    const holder = nodePort === undefined ? undefined : holderOf(facts, plan, nodePort);
    if (nodePort === undefined || holder === undefined) return [];
    const remedy = `free the port, or pulumi config set cluster existing and context ${facts.context}, where ${name} is not needed`;
    return [obstacle("cluster", `${taken(nodePort, holder)}, and the stack's service ${name} needs it`, remedy)];
  });
}

/** The service of somebody else's that has a port; undefined: nobody has it, or it is ours. */
function holderOf({ services }: ClusterFacts, { stackId }: Plan, nodePort: number): string | undefined {
  const holder = seenOr(services, []).find(({ spec }) => spec?.ports?.some((port) => port.nodePort === nodePort));
  if (holder === undefined || isOwn(holder, stackId)) return undefined;
  return `${holder.metadata?.namespace}/${holder.metadata?.name}`;
}

function taken(nodePort: number, holder: string): string {
  return `port ${nodePort} of the nodes is taken by the service ${holder}`;
}
