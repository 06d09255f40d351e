import { type ClusterFacts, seenOr } from "../facts";
import { type Finding, obstacle } from "../finding";
import { isOwn } from "../ownership";
import type { Plan } from "../plan";

/** The label of the Pod Security admission, Kubernetes 1.25. */
const enforceLabel = "pod-security.kubernetes.io/enforce";

/** The namespace's Pod Security level lets the gateway's pods in; all others keep to the strictest one. */
export function checkPodSecurity({ context, namespace }: ClusterFacts, plan: Plan): Finding[] {
  const live = seenOr(namespace, undefined);
  if (live?.metadata?.labels?.[enforceLabel] !== "restricted") return [];
  // The update gives its own namespace the level that the gateway needs.
  if (plan.createNamespace && isOwn(live, plan.stackId)) return [];
  const refused = plan.objects.filter(({ pods }) => pods?.runsAsRoot === true).map(({ kind, name }) => `${kind} ${name}`);
  if (refused.length === 0) return [];
  const reason = `${plan.namespace} enforces the Pod Security level restricted, and these run as root: ${refused.join(", ")}`;
  const label = `kubectl --context ${context} label --overwrite namespace ${plan.namespace} ${enforceLabel}=baseline`;
  return [obstacle("namespace", reason, `${label}, or pulumi config set namespace … for another one`)];
}
