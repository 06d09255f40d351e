import type { V1Pod } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { oneLine } from "../../common/errors";
import type { PodLook } from "../disruptable";
import { readyPods } from "../pods";

/** Pure: the pods, apart from those that ended for good and only wait to be cleared away. */
export function podLooks(pods: readonly V1Pod[]): PodLook[] {
  return pods.flatMap((pod): PodLook[] => {
    const { metadata, status } = pod;
    if (metadata?.name === undefined || metadata.uid === undefined) return [];
    if (status?.phase === "Succeeded" || status?.phase === "Failed") return [];
    const leaving = metadata.deletionTimestamp !== undefined;
    const ready = readyPods([pod]).length > 0;
    return [{ name: metadata.name, uid: metadata.uid, ready, leaving, state: stateOf(pod, ready, leaving) }];
  });
}

function stateOf({ status }: V1Pod, ready: boolean, leaving: boolean): string {
  if (leaving) return "ending";
  if (ready) return "ready";
  const unscheduled = status?.conditions?.find(({ type, status: is }) => type === "PodScheduled" && is === "False");
  if (unscheduled !== undefined) return oneLine(`not scheduled: ${unscheduled.message ?? unscheduled.reason ?? ""}`, 120);
  const container = status?.containerStatuses?.find((it) => !it.ready);
  if (container === undefined) return "starting";
  const { waiting, terminated } = container.state ?? {};
  if (waiting !== undefined) return `container ${container.name} waits: ${waiting.reason ?? "unknown"}`;
  if (terminated !== undefined) return `container ${container.name} ended with exit code ${terminated.exitCode}`;
  return `container ${container.name} is not ready`;
}
