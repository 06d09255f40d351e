import type { V1Deployment, V1Pod, V2HorizontalPodAutoscaler } from "@kubernetes/client-node" with {
  "resolution-mode": "import",
};
import { oneLine } from "../../verify/common/errors";
import { podsOf } from "../../verify/targets/pods";
import type { Seen } from "./seen";

/** The gateway's Deployment. */
export interface GatewayFacts {
  readonly kind: "plano" | "standin";
  /** Release of Plano that it is, or that the stand-in keeps to; undefined where nothing tells. */
  readonly version: string | undefined;
  readonly image: string;
  /** The bug that the stand-in was given, if any. */
  readonly fault: string | undefined;
  readonly wanted: number;
  readonly ready: number;
  /** Replicas made from the latest template. */
  readonly updated: number;
}

/**
 * Pure: the facts of a Deployment.
 * @param planoVersion the stack's setting, for images whose tag is no version
 */
export function gatewayFacts({ spec, status }: V1Deployment, planoVersion: string | undefined): GatewayFacts {
  const container = spec?.template.spec?.containers.find(({ name }) => name === "gateway");
  const image = container?.image ?? "unknown";
  // Only the stand-in is told of faults.
  const fault = container?.env?.find(({ name }) => name === "STANDIN_FAULT")?.value;
  const tag = /:v?(\d+\.\d+\.\d+)(@|$)/.exec(image)?.[1];
  return {
    kind: fault === undefined ? "plano" : "standin",
    version: fault === undefined ? (tag ?? planoVersion) : planoVersion,
    image: image.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/, "$1…"),
    fault: fault === "none" ? undefined : fault,
    wanted: spec?.replicas ?? 1,
    ready: status?.readyReplicas ?? 0,
    updated: status?.updatedReplicas ?? 0,
  };
}

/** One pod of the gateway. */
export interface ReplicaFacts {
  readonly name: string;
  /** `ready`, or what it waits for. */
  readonly state: string;
  readonly ageMs: number | undefined;
  /** Of all its containers, side-cars included. */
  readonly restarts: number;
  readonly node: string | undefined;
}

/** Pure: the pods by name, without those that have ended for good. */
export function replicaFacts(pods: readonly V1Pod[], now: Date): ReplicaFacts[] {
  const facts = pods.flatMap((pod) => {
    const { spec, status, metadata } = pod;
    const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
    const created = metadata?.creationTimestamp;
    // The API server sends it as text.
    const ageMs = created === undefined ? undefined : now.getTime() - new Date(created).getTime();
    const restarts = containers.reduce((sum, { restartCount }) => sum + restartCount, 0);
    return podsOf([pod]).map(({ name, state }) => ({ name, state, ageMs, restarts, node: spec?.nodeName }));
  });
  return facts.sort((a, b) => a.name.localeCompare(b.name));
}

/** The gateway's autoscaler. */
export interface AutoscalerFacts {
  readonly current: number;
  readonly desired: number;
  readonly min: number;
  readonly max: number;
  /** Percent of the CPU request, averaged over the replicas. */
  readonly cpu: Seen<number>;
  /** Percent at which it adds replicas. */
  readonly cpuTarget: number | undefined;
}

/** Pure: the facts of an autoscaler. */
export function autoscalerFacts({ spec, status }: V2HorizontalPodAutoscaler): AutoscalerFacts {
  const target = spec?.metrics?.find(({ resource }) => resource?.name === "cpu")?.resource?.target.averageUtilization;
  const cpu = status?.currentMetrics?.find((it) => it?.resource?.name === "cpu")?.resource?.current.averageUtilization;
  const inactive = status?.conditions?.find(({ type, status: is }) => type === "ScalingActive" && is === "False");
  const why = inactive === undefined ? "not measured yet" : (inactive.message ?? inactive.reason ?? "no metrics");
  return {
    current: status?.currentReplicas ?? 0,
    desired: status?.desiredReplicas ?? 0,
    min: spec?.minReplicas ?? 1,
    max: spec?.maxReplicas ?? 1,
    cpu: cpu === undefined || inactive !== undefined ? { why: oneLine(why, 200) } : { value: cpu },
    cpuTarget: target,
  };
}
