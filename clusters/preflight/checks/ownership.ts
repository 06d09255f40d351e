import { type ClusterFacts, isOwn, seenOr } from "../facts";
import { type Finding, obstacle, warning } from "../finding";
import type { Plan } from "../plan";
import { canI } from "../rights";

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
    const reason = `it is false, and there is no namespace ${namespace}`;
    return [obstacle("createNamespace", reason, `${make}, or pulumi config set createNamespace true`)];
  }
  if (live.metadata?.deletionTimestamp !== undefined) {
    const wait = `kubectl --context ${context} wait --for=delete namespace/${namespace}`;
    return [obstacle("namespace", `${namespace} is being deleted`, `${wait}, or ${other}`)];
  }
  const own = isOwn(live, stackId);
  if (createNamespace && !own) {
    const reason = `${namespace} exists and was not made by this stack, whose destroy would delete it with all that is in it`;
    const remedy = `pulumi config set createNamespace false to use it and leave it there, or ${other}`;
    return [obstacle("namespace", reason, remedy)];
  }
  if (!createNamespace && own) {
    const reason = `it is false, but this stack made the namespace ${namespace} and would now delete it with all that is in it`;
    return [obstacle("createNamespace", reason, "pulumi config set createNamespace true, or pulumi destroy first")];
  }
  return [];
}

/** No other owner's object has a name that the stack uses: applying ours would take it over. */
export function checkForeignObjects({ planned }: ClusterFacts, plan: Plan): Finding[] {
  const foreign = planned.filter(({ manifest, live }) => {
    const found = seenOr(live, undefined);
    // The namespace has a check of its own.
    return manifest.kind !== "Namespace" && found !== undefined && !isOwn(found, plan.stackId);
  });
  if (foreign.length === 0) return [];
  const names = foreign.map(({ manifest: it }) => `${it.kind} ${it.metadata.name}`).join(", ");
  const remedy =
    "pulumi config set namespace … for another one, or delete them" +
    (plan.metricsServer === "install" ? "; those of metrics-server: pulumi config rm metricsServer" : "");
  return [obstacle("namespace", `there are already objects that this stack did not make: ${names}`, remedy)];
}

/** Every right that the stack will need is there. */
export function checkRights({ context, denied }: ClusterFacts, plan: Plan): Finding[] {
  if ("unseen" in denied)
    return [warning("rights", `they could not be checked: ${denied.unseen}`, "missing ones show when the stack is made")];
  const missing = denied.seen;
  if (missing.length === 0) return [];
  const lines = missing.map((right) => canI(right, context));
  const isWide = missing.some(({ namespace }) => namespace === undefined);
  const remedy =
    `ask for the ClusterRole edit in ${plan.namespace}, or for the Role of docs/existing-clusters.md` +
    (isWide
      ? "; without rights in the whole cluster: pulumi config set createNamespace false, pulumi config rm metricsServer"
      : "");
  const reason = ["this account lacks rights that the stack needs; these say no:", ...lines].join("\n");
  return [obstacle("rights", reason, remedy)];
}
