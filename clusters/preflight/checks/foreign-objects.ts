import type { ClusterFacts } from "../facts";
import { type Finding, obstacle } from "../finding";
import { isOwn } from "../ownership";
import type { Plan } from "../plan";

/** No object of somebody else's has a name that the stack uses: applying ours would take it over. */
export function checkForeignObjects({ found }: ClusterFacts, plan: Plan): Finding[] {
  const foreign = found.flatMap(({ planned, live }) => {
    // The namespace has a check of its own.
    if (planned.kind === "Namespace" || "unseen" in live || live.seen === undefined) return [];
    return isOwn(live.seen, plan.stackId) ? [] : [planned];
  });
  const inside = foreign.filter(({ namespace }) => namespace === plan.namespace);
  const outside = foreign.filter(({ namespace }) => namespace !== plan.namespace);
  const names = (objects: typeof foreign): string => objects.map(({ kind, name }) => `${kind} ${name}`).join(", ");
  return [
    ...(inside.length === 0
      ? []
      : [
          obstacle(
            "namespace",
            `in ${plan.namespace} there is already, and not made by this stack: ${names(inside)}`,
            "pulumi config set namespace … for another one, or delete them",
          ),
        ]),
    ...(outside.length === 0
      ? []
      : [
          obstacle(
            "metricsServer",
            `the cluster has a metrics-server that this stack did not make: ${names(outside)}`,
            "pulumi config rm metricsServer, and mend the one that is there",
          ),
        ]),
  ];
}
