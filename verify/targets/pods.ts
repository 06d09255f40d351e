import type { V1Pod } from "@kubernetes/client-node" with { "resolution-mode": "import" };

export interface ReadyPod {
  readonly name: string;
  /** Tells a pod from a later one of the same name. */
  readonly uid: string;
  /** Restarts of all its containers. */
  readonly restarts: number;
  readonly podIp: string | undefined;
  /** Address of the node that runs it. */
  readonly hostIp: string | undefined;
}

/** Pure: the pods that are ready and not on their way out, by name. */
export function readyPods(pods: readonly V1Pod[]): ReadyPod[] {
  return pods
    .filter(({ metadata, status }) => {
      const ready = status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;
      return ready && metadata?.deletionTimestamp === undefined;
    })
    .flatMap(({ metadata, status }) => {
      if (metadata?.name === undefined || metadata.uid === undefined) return [];
      const restarts = (status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
      return [{ name: metadata.name, uid: metadata.uid, restarts, podIp: status?.podIP, hostIp: status?.hostIP }];
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** Pure: what became of the pods that were measured. New pods are no change of them. */
export function podChanges(before: readonly ReadyPod[], after: readonly ReadyPod[]): string[] {
  return before.flatMap(({ name, uid, restarts }) => {
    const now = after.find((pod) => pod.name === name);
    if (now === undefined) return [`pod ${name} is gone or no longer ready`];
    if (now.uid !== uid) return [`pod ${name} was replaced`];
    return now.restarts === restarts ? [] : [`pod ${name} restarted`];
  });
}
