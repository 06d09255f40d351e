import type { V1ObjectMeta, V1OwnerReference, V1Pod } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { oneLine } from "../common/errors";
import type { PodLook } from "./disruptable";

/** A pod, and what tells how it is reached and whether it changes. */
export interface Pod extends PodLook {
  /** Restarts of all its containers. */
  readonly restarts: number;
  readonly podIp: string | undefined;
  /** Address of the node that runs it. */
  readonly hostIp: string | undefined;
  readonly owner: V1OwnerReference | undefined;
}

/** Pure: the pods by name, apart from those that ended for good and only wait to be cleared away. */
export function podsOf(pods: readonly V1Pod[]): Pod[] {
  return pods
    .flatMap(({ metadata, status }): Pod[] => {
      if (metadata?.name === undefined || metadata.uid === undefined) return [];
      if (status?.phase === "Succeeded" || status?.phase === "Failed") return [];
      const { name, uid } = metadata;
      const leaving = metadata.deletionTimestamp !== undefined;
      const ready = !leaving && (status?.conditions?.some((it) => it.type === "Ready" && it.status === "True") ?? false);
      const state = leaving ? "ending" : ready ? "ready" : whyNotReady(status);
      const restarts = (status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
      const addresses = { podIp: status?.podIP, hostIp: status?.hostIP };
      return [{ name, uid, ready, leaving, state, restarts, ...addresses, owner: controllerOf(metadata) }];
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** Pure: what a pod that has not ended waits for, in a few words. */
export function whyNotReady(status: V1Pod["status"]): string {
  const unscheduled = status?.conditions?.find((it) => it.type === "PodScheduled" && it.status === "False");
  if (unscheduled !== undefined) return oneLine(`not scheduled: ${unscheduled.message ?? unscheduled.reason ?? ""}`, 120);
  const container = status?.containerStatuses?.find((it) => !it.ready);
  if (container === undefined) return "starting";
  const { waiting, terminated } = container.state ?? {};
  if (waiting !== undefined) return `container ${container.name} waits: ${waiting.reason ?? "unknown"}`;
  if (terminated !== undefined) return `container ${container.name} ended with exit code ${terminated.exitCode}`;
  return `container ${container.name} is not ready`;
}

/** The owner that makes an object anew. */
export function controllerOf(metadata: V1ObjectMeta | undefined): V1OwnerReference | undefined {
  return metadata?.ownerReferences?.find(({ controller }) => controller === true);
}

/** Pure: what became of the pods that were measured. New pods are no change of them. */
export function podChanges(before: readonly Pod[], after: readonly Pod[]): string[] {
  return before.flatMap(({ name, uid, restarts }) => {
    const now = after.find((pod) => pod.name === name);
    if (now === undefined) return [`pod ${name} is gone or no longer ready`];
    if (now.uid !== uid) return [`pod ${name} was replaced`];
    return now.restarts === restarts ? [] : [`pod ${name} restarted`];
  });
}
