import type { V1ObjectMeta, V1OwnerReference, V1Pod } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { oneLine } from "../common/errors";
import type { PodLook } from "./disruptable";

/** A pod, and what tells how it is reached and whether it changes. */
export interface Pod extends PodLook {
  readonly restarts: number;
  readonly owner: V1OwnerReference | undefined;
  /** Why a container of it last ended, in a few words; undefined where none has. */
  readonly ended: string | undefined;
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
      const more = { podIp: status?.podIP, hostIp: status?.hostIP, owner: controllerOf(metadata), ended: lastEnd(status) };
      return [{ name, uid, ready, leaving, state, restarts, readySeconds: readySeconds(metadata, status), ...more }];
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** Pure: what a pod that has not ended waits for, in a few words. */
export function whyNotReady(status: V1Pod["status"]): string {
  const unscheduled = status?.conditions?.find((it) => it.type === "PodScheduled" && it.status === "False");
  if (unscheduled !== undefined) return oneLine(`not scheduled: ${unscheduled.message ?? unscheduled.reason ?? ""}`, 120);
  const containers = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  const container = containers.find((it) => !it.ready);
  if (container === undefined) return "starting";
  const { waiting, terminated } = container.state ?? {};
  if (waiting !== undefined) return `container ${container.name} waits: ${waiting.reason ?? "unknown"}`;
  if (terminated !== undefined) return `container ${container.name} ended with exit code ${terminated.exitCode}`;
  return `container ${container.name} is not ready`;
}

function lastEnd(status: V1Pod["status"]): string | undefined {
  const ended = status?.containerStatuses?.find(({ lastState }) => lastState?.terminated !== undefined);
  const { exitCode, reason = "" } = ended?.lastState?.terminated ?? {};
  return ended && `container ${ended.name} ended with exit code ${exitCode}${reason === "" ? "" : `, ${reason}`}`;
}

/** A pod that took longer has become ready again after something else, in seconds. */
const longestStart = 300;

function readySeconds(metadata: V1ObjectMeta, status: V1Pod["status"]): number | undefined {
  const ready = status?.conditions?.find((it) => it.type === "Ready" && it.status === "True");
  // After a restart the pod's age is not how long a start takes.
  const restarted = status?.containerStatuses?.find(({ restartCount }) => restartCount > 0);
  const begun = restarted === undefined ? metadata.creationTimestamp : restarted.state?.running?.startedAt;
  const [made, done] = [begun, ready?.lastTransitionTime].map((it) => new Date(it ?? NaN).getTime());
  const seconds = ((done ?? NaN) - (made ?? NaN)) / 1_000;
  return seconds >= 0 && seconds <= longestStart ? seconds : undefined;
}

/** The owner that makes an object anew. */
export function controllerOf(metadata: V1ObjectMeta | undefined): V1OwnerReference | undefined {
  return metadata?.ownerReferences?.find(({ controller }) => controller === true);
}

/** Pure: what became of the pods that were measured. New pods are no change of them. */
export function podChanges(before: readonly Pod[], after: readonly Pod[]): string[] {
  return before.flatMap(({ name, uid, restarts }) => {
    const now = after.find((pod) => pod.name === name);
    if (now === undefined) return [`pod ${name} is gone`];
    if (now.uid !== uid) return [`pod ${name} was replaced`];
    if (now.restarts !== restarts) return [`pod ${name} restarted${now.ended === undefined ? "" : `: ${now.ended}`}`];
    return now.ready ? [] : [`pod ${name} is no longer ready: ${now.state}`];
  });
}
