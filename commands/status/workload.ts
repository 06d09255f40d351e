import type { V1Deployment, V1Pod, V2HorizontalPodAutoscaler } from "@kubernetes/client-node" with {
  "resolution-mode": "import",
};
import { oneLine } from "../../verify/common/errors";
import { podLooks } from "../../verify/targets/kubernetes/pod-look";
import type { Seen } from "./seen";

/** The gateway's Deployment. */
export interface GatewayFacts {
  readonly kind: "plano" | "standin";
  /** Release of Plano that it is, or that the stand-in keeps to; undefined where nothing tells. */
  readonly version: string | undefined;
  readonly image: string;
  /** A bug that the stand-in was given. */
  readonly fault: string | undefined;
  readonly wanted: number;
  readonly ready: number;
  /** Replicas made from the latest template. */
  readonly updated: number;
}

/**
 * Pure: what a Deployment says of the gateway.
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
  /** `ready`, or what it is at. */
  readonly state: string;
  readonly ageMs: number | undefined;
  /** Of all its containers, side-cars included. */
  readonly restarts: number;
  readonly node: string | undefined;
}

/** Pure: the pods by name, apart from those that ended for good. */
export function replicaFacts(pods: readonly V1Pod[], now: Date): ReplicaFacts[] {
  return pods
    .flatMap((pod): ReplicaFacts[] => {
      const [look] = podLooks([pod]);
      if (look === undefined) return [];
      const { spec, status, metadata } = pod;
      const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
      const created = metadata?.creationTimestamp;
      return [
        {
          name: look.name,
          state: look.state,
          // From the API server it comes as text.
          ageMs: created === undefined ? undefined : now.getTime() - new Date(created).getTime(),
          restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
          node: spec?.nodeName,
        },
      ];
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** What the gateway's autoscaler is at. */
export interface AutoscalerFacts {
  readonly current: number;
  /** What it asks for now. */
  readonly desired: number;
  readonly min: number;
  readonly max: number;
  /** Percent of the CPU request, averaged over the replicas. */
  readonly cpu: Seen<number>;
  /** Percent at which it adds replicas. */
  readonly cpuTarget: number | undefined;
}

/** Pure: what an autoscaler says of itself. */
export function autoscalerFacts({ spec, status }: V2HorizontalPodAutoscaler): AutoscalerFacts {
  const isCpu = (name: string | undefined): boolean => name === "cpu";
  const target = spec?.metrics?.find(({ resource }) => isCpu(resource?.name))?.resource?.target.averageUtilization;
  const cpu = status?.currentMetrics?.find((metric) => isCpu(metric?.resource?.name))?.resource?.current.averageUtilization;
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
