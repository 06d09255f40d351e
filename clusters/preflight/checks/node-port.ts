import { type ClusterFacts, isOwn, ownLive, seenOr } from "../facts";
import { type Finding, obstacle, warning } from "../finding";
import { exposureOf, isGateway, type Plan } from "../plan";
import { isPortRefused } from "./refused";

/** The ports of the nodes that the stack's services take are free. */
export function checkNodePort(facts: ClusterFacts, plan: Plan): Finding[] {
  const wanted = facts.planned.flatMap((planned) => {
    const { nodePorts = [] } = exposureOf(planned.manifest) ?? {};
    return nodePorts.map((port) => ({ planned, port }));
  });
  return wanted.flatMap(({ planned, port }) => {
    const { name } = planned.manifest.metadata;
    // No setting moves the others; on a cluster that is joined by its context nothing takes them.
    const [subject, remedy] = isGateway(planned.manifest, plan)
      ? ["serviceType", "pulumi config set serviceType LoadBalancer, or ClusterIP, or free the port"]
      : [
          "cluster",
          `free the port, or pulumi config set cluster existing and context ${facts.context}, where ${name} is not needed`,
        ];
    const trial = facts.trials.find((it) => it.planned === planned && it.what === "object");
    const holder = holderOf(facts, plan, port) ?? (trial !== undefined && isPortRefused(trial) ? "another service" : undefined);
    if (holder !== undefined)
      return obstacle(subject, `port ${port} of the nodes is taken by ${holder}, and the service ${name} needs it`, remedy);
    // Our own service may have it; which port it has is seen when it is changed.
    if ("seen" in facts.services || trial !== undefined || ownLive(planned, plan.stackId) !== undefined) return [];
    const reason = `whether port ${port} of the nodes is free could not be checked: ${facts.services.unseen}`;
    return warning(subject, reason, `if it is not: ${remedy}`);
  });
}

function holderOf({ services }: ClusterFacts, { stackId }: Plan, nodePort: number): string | undefined {
  const holder = seenOr(services, []).find(({ spec }) => spec?.ports?.some((port) => port.nodePort === nodePort));
  if (holder === undefined || isOwn(holder, stackId)) return undefined;
  return `the service ${holder.metadata?.namespace}/${holder.metadata?.name}`;
}
