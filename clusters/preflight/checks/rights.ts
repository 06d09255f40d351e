import { type ClusterFacts, seenOr } from "../facts";
import { type Finding, obstacle, warning } from "../finding";
import type { Plan } from "../plan";
import { canI } from "../rights";

/** Every right that the stack will need is there. */
export function checkRights({ context, denied }: ClusterFacts, plan: Plan): Finding[] {
  if ("unseen" in denied)
    return [warning("rights", `they could not be checked: ${denied.unseen}`, "missing ones show when the stack is made")];
  const missing = seenOr(denied, []);
  if (missing.length === 0) return [];
  const lines = missing.map((right) => canI(right, context));
  const clusterWide = missing.filter(({ namespace }) => namespace === undefined);
  const ways = [
    ...(missing.length > clusterWide.length
      ? [`ask for the ClusterRole edit in ${plan.namespace}, or for the Role of docs/existing-clusters.md`]
      : []),
    ...(plan.createNamespace && clusterWide.some(({ resource }) => resource === "namespaces")
      ? [`have the namespace ${plan.namespace} made, and pulumi config set createNamespace false`]
      : []),
    ...(plan.metricsServer === "install" && clusterWide.some(({ group }) => group === "apiregistration.k8s.io")
      ? ["have metrics-server installed by an administrator, and pulumi config rm metricsServer"]
      : []),
  ];
  return [
    obstacle("rights", ["this account lacks rights that the stack needs; these say no:", ...lines].join("\n"), ways.join("; ")),
  ];
}
