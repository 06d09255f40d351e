import type { Clock } from "../verify/common/clock";
import type { DeploymentWatch } from "../verify/disruption/deployment-watch";
import type { Replica } from "../verify/history";

/** Longest wait for a look at the pods, and the time between two tries, in milliseconds. */
const limitMs = 5_000;
const intervalMs = 100;

export interface PodLeftTerms {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly watch: Pick<DeploymentWatch, "lookSince">;
}

/**
 * Whether a pod that did not answer was on its way out or not ready any more: whoever asks a pod by itself must expect
 * that, and whoever asks the service need not. Seen at the first look that began after the failure.
 * @returns false also where nobody could look
 */
export async function podLeft(
  { pod, name }: Replica,
  failedAt: number,
  { clock, signal, watch }: PodLeftTerms,
): Promise<boolean> {
  for (const end = clock.now() + limitMs; clock.now() < end && !signal.aborted; await clock.sleep(intervalMs, signal)) {
    const look = watch.lookSince(failedAt);
    if (look === undefined) continue;
    return look.pods.find((it) => it.name === (pod ?? name))?.ready !== true;
  }
  return false;
}
