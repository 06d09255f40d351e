import type { V1Deployment, V1Pod, V2HorizontalPodAutoscaler } from "@kubernetes/client-node" with {
  "resolution-mode": "import",
};
import { oneLine } from "../../verify/common/errors";
import { podsOf } from "../../verify/targets/pods";
import { age, type Row } from "./rows";

/**
 * Pure: what the gateway's Deployment runs, and how many of it.
 * @param planoVersion the stack's setting, for images whose tag is no version
 */
export function gatewayRows({ spec, status }: V1Deployment, planoVersion: string | undefined): readonly Row[] {
  const container = spec?.template.spec?.containers.find(({ name }) => name === "gateway");
  const image = container?.image ?? "unknown";
  // Only the stand-in is told of faults.
  const fault = container?.env?.find(({ name }) => name === "STANDIN_FAULT")?.value;
  const tag = /:v?(\d+\.\d+\.\d+)(@|$)/.exec(image)?.[1];
  const version = fault === undefined ? (tag ?? planoVersion ?? "of unknown version") : (planoVersion ?? "");
  const what = `${fault === undefined ? "" : "stand-in for "}Plano ${version}`.trimEnd();
  const isBroken = fault !== undefined && fault !== "none";
  const text = `${what}${isBroken ? `, with the fault ${fault}` : ""}, image ${image.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/, "$1…")}`;
  const { replicas: wanted = 1 } = spec ?? {};
  const { readyReplicas: ready = 0, updatedReplicas: updated = 0 } = status ?? {};
  const rollout = updated < wanted ? `, ${updated} of ${wanted} of the latest version` : "";
  return [
    ["gateway", text, isBroken ? "odd" : "plain"],
    ["replicas", `${ready} of ${wanted} ready${rollout}`, ready < wanted ? "bad" : updated < wanted ? "odd" : "good"],
  ];
}

/** Pure: the pods by name, without those that have ended for good; restarts of side-cars count. */
export function replicaRows(pods: readonly V1Pod[], now: Date): readonly Row[] {
  const found = pods.flatMap((pod) => {
    const { spec, status, metadata } = pod;
    const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
    const restarts = containers.reduce((sum, { restartCount }) => sum + restartCount, 0);
    const created = metadata?.creationTimestamp;
    // The API server sends it as text.
    const old = created === undefined ? "–" : age(now.getTime() - new Date(created).getTime());
    const where = `on node ${spec?.nodeName ?? "–"}`;
    return podsOf([pod]).map(({ name, state }) => `${name}: ${state}, age ${old}, ${restarts} restarts, ${where}`);
  });
  return found.sort().map((text): Row => ["replica", text, "plain"]);
}

/** Pure: CPU is in percent of its request, averaged over the replicas. */
export function autoscalerRow({ spec, status }: V2HorizontalPodAutoscaler): Row {
  const { currentReplicas: current = 0, desiredReplicas: desired = 0 } = status ?? {};
  const change = desired === current ? "" : `, on the way to ${desired}`;
  const size = `${current} replicas${change}, from ${spec?.minReplicas ?? 1} to ${spec?.maxReplicas ?? 1}`;
  const target = spec?.metrics?.find(({ resource }) => resource?.name === "cpu")?.resource?.target.averageUtilization;
  const cpu = status?.currentMetrics?.find((it) => it?.resource?.name === "cpu")?.resource?.current.averageUtilization;
  const inactive = status?.conditions?.find(({ type, status: is }) => type === "ScalingActive" && is === "False");
  if (cpu !== undefined && inactive === undefined)
    return ["autoscaler", `${size}; CPU ${cpu} %${target === undefined ? "" : ` of ${target} %`}`, "plain"];
  const why = inactive === undefined ? "not measured yet" : (inactive.message ?? inactive.reason ?? "no metrics");
  const aim = target === undefined ? "" : ` (target ${target} %)`;
  return ["autoscaler", `${size}; CPU unknown${aim}: ${oneLine(why, 200)}`, "odd"];
}
