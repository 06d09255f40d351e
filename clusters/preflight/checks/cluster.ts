import type { Manifest } from "../../../lib/kubernetes/objects";
import { type ClusterFacts, ownLive } from "../facts";
import { type Finding, obstacle, warning } from "../finding";
import type { Plan } from "../plan";

/** The oldest minor version of Kubernetes 1 on which the stack is known to run; docs/existing-clusters.md names it. */
const oldestMinor = 30;

/** The API server is recent enough. */
export function checkVersion({ version }: ClusterFacts): Finding[] {
  const [major, minor] = [version.major, version.minor].map((it) => Number.parseInt(it ?? "", 10));
  // What does not say its version is no reason to refuse it.
  if (major !== 1 || minor === undefined || Number.isNaN(minor) || minor >= oldestMinor) return [];
  const reason = `it runs Kubernetes ${version.gitVersion ?? `${version.major}.${version.minor}`}, and the stack needs 1.${oldestMinor} or newer`;
  return [obstacle("version", reason, "have the cluster upgraded, or choose another: pulumi config set context …")];
}

/** What brings kinds that are not Kubernetes' own: the API group, the setting that needs it, and the remedy. */
const extensions = [
  ["monitoring.coreos.com", "monitoring", "have the Prometheus Operator installed, or pulumi config set monitoring off"],
  [
    "gateway.networking.k8s.io",
    "ingress",
    "have the Gateway API's CRDs installed, or pulumi config set --path ingress.kind Ingress",
  ],
  ["", "cluster", "have the cluster upgraded, or choose another: pulumi config set context …"],
] as const;

/** The cluster knows the kinds of all objects. */
export function checkKinds({ unserved }: ClusterFacts): Finding[] {
  return [...new Set(unserved.map(({ apiVersion }) => apiVersion))].flatMap((version) => {
    const kinds = unserved.filter(({ apiVersion }) => apiVersion === version).map(({ kind }) => kind);
    const reason = `the cluster does not know ${[...new Set(kinds)].join(" and ")} of ${version}`;
    const [, subject, remedy] = extensions.find(([group]) => version.startsWith(group)) ?? extensions[2];
    return obstacle(subject, reason, remedy);
  });
}

/** The autoscaler has metrics. */
export function checkMetrics({ metricsApi }: ClusterFacts, plan: Plan): Finding[] {
  if (plan.metricsServer !== "cluster" || ("seen" in metricsApi && metricsApi.seen === "served")) return [];
  if ("unseen" in metricsApi) {
    const reason = `the metrics API does not answer: ${metricsApi.unseen}`;
    return [warning("metricsServer", reason, "without it nothing scales on CPU; see `kubectl top pods`")];
  }
  const reason = "the cluster has no metrics API, so that the autoscaler would sit at unknown";
  const remedy =
    "have metrics-server installed (minikube addons enable metrics-server), or pulumi config set metricsServer install, " +
    "whose needs docs/existing-clusters.md names; or ignore, to run without scaling";
  return [obstacle("metricsServer", reason, remedy)];
}

/** No Deployment whose replicas are an autoscaler's was scaled to nothing: that switches the autoscaler off. */
export function checkScaled({ context, planned }: ClusterFacts, plan: Plan): Finding[] {
  return planned.flatMap((it) => {
    const { kind, metadata, spec } = it.manifest as Manifest & { readonly spec?: { readonly replicas?: number } };
    const isScaled = kind === "Deployment" && spec?.replicas === undefined;
    if (!isScaled || ownLive(it, plan.stackId)?.spec?.replicas !== 0) return [];
    const reason = `Deployment ${metadata.name} is scaled to 0, which also switches its autoscaler off`;
    const kubectl = `kubectl --context ${context} --namespace ${it.namespace}`;
    return [
      obstacle("replicas", reason, `${kubectl} scale deployment ${metadata.name} --replicas=1; an autoscaler adds the rest`),
    ];
  });
}

/** Says what the stack makes outside its namespace, so that a preview hides none of it. */
export function describeClusterWide({ context, planned }: ClusterFacts, plan: Plan): Finding[] {
  const names = planned
    .filter(({ namespace }) => namespace !== plan.namespace)
    .map(
      ({ manifest, namespace }) => `${manifest.kind} ${namespace === undefined ? "" : `${namespace}/`}${manifest.metadata.name}`,
    );
  const what = names.length === 0 ? "nothing" : names.join(", ");
  const reason = `in ${context}, outside the namespace ${plan.namespace}, the stack makes: ${what}`;
  return [{ severity: "note", subject: "cluster", reason }];
}
