import { type ClusterFacts, seenOr } from "../facts";
import { type Finding, obstacle } from "../finding";
import type { Plan } from "../plan";

/** The cluster knows the kinds that are not Kubernetes' own. */
export function checkCustomKinds({ absentApis }: ClusterFacts, plan: Plan): Finding[] {
  return seenOr(absentApis, []).map((version) => {
    const kinds = plan.objects.filter(({ apiVersion }) => apiVersion === version).map(({ kind }) => kind);
    const reason = `the cluster does not know ${[...new Set(kinds)].join(" and ")} of ${version}`;
    if (version.startsWith("monitoring."))
      return obstacle("monitoring", reason, "have the Prometheus Operator installed, or pulumi config set monitoring off");
    return obstacle("ingress", reason, "have the Gateway API's CRDs installed, or pulumi config set --path ingress.kind Ingress");
  });
}
