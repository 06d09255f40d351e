import type { ClusterFacts } from "../facts";
import type { Finding } from "../finding";
import type { Plan } from "../plan";

/** Says what the stack makes outside its namespace, so that a preview hides none of it. */
export function describeClusterWide({ context }: ClusterFacts, plan: Plan): Finding[] {
  const outside = plan.objects.filter(({ namespace }) => namespace !== plan.namespace);
  const names = outside.map(({ kind, name, namespace }) => `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`);
  const what = names.length === 0 ? "nothing" : names.join(", ");
  return [
    {
      severity: "note",
      subject: "cluster",
      reason: `in ${context}, outside the namespace ${plan.namespace}, the stack makes: ${what}`,
    },
  ];
}
