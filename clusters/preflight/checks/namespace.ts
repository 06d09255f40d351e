import type { ClusterFacts } from "../facts";
import { type Finding, obstacle } from "../finding";
import { isOwn } from "../ownership";
import type { Plan } from "../plan";

/** The namespace is there or not, as `createNamespace` says, and was made by this stack if it will remove it. */
export function checkNamespace({ context, namespace: look }: ClusterFacts, plan: Plan): Finding[] {
  // An account of one namespace may not even look at it; whether it is there shows in its rights.
  if ("unseen" in look) return [];
  const { seen: live } = look;
  const { namespace, createNamespace, stackId } = plan;
  const other = "pulumi config set namespace … for another";
  if (live === undefined) {
    if (createNamespace) return [];
    const make = `kubectl --context ${context} create namespace ${namespace}`;
    return [
      obstacle(
        "createNamespace",
        `it is false, and there is no namespace ${namespace}`,
        `${make}, or pulumi config set createNamespace true`,
      ),
    ];
  }
  if (live.metadata?.deletionTimestamp !== undefined) {
    const wait = `kubectl --context ${context} wait --for=delete namespace/${namespace}`;
    return [obstacle("namespace", `${namespace} is being deleted`, `${wait}, or ${other}`)];
  }
  const own = isOwn(live, stackId);
  if (createNamespace && !own) {
    return [
      obstacle(
        "namespace",
        `${namespace} exists and was not made by this stack, whose destroy would delete it with all that is in it`,
        `pulumi config set createNamespace false to use it and leave it there, or ${other}`,
      ),
    ];
  }
  if (!createNamespace && own) {
    return [
      obstacle(
        "createNamespace",
        `it is false, but this stack made the namespace ${namespace} and would now delete it with all that is in it`,
        "pulumi config set createNamespace true, or pulumi destroy first",
      ),
    ];
  }
  return [];
}
