import type { Clock } from "../../common/clock";
import type { DeploymentWatch } from "../deployment-watch";
import type { Replica } from "../../history";

/** Longest wait for a look at the pods, and the time between two tries, in milliseconds. */
const limitMs = 5_000;
const intervalMs = 100;

export interface PodLeftTerms {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly watch: Pick<DeploymentWatch, "lookSince">;
}

/**
 * Whether a pod that did not answer was on its way out, which whoever asks a pod by itself must expect, and whoever asks
 * the service need not. One that is gone or not ready counts as that during a fault only: at rest it has crashed. Seen at
 * the first look that began after the failure.
 * @param disturbed there was a fault meanwhile
 * @returns false also where nobody could look
 */
export async function podLeft(
  { pod, name }: Replica,
  failedAt: number,
  disturbed: boolean,
  { clock, signal, watch }: PodLeftTerms,
): Promise<boolean> {
  for (const end = clock.now() + limitMs; clock.now() < end && !signal.aborted; await clock.sleep(intervalMs, signal)) {
    const look = watch.lookSince(failedAt);
    if (look === undefined) continue;
    const found = look.pods.find((it) => it.name === (pod ?? name));
    return found?.leaving === true || (disturbed && found?.ready !== true);
  }
  return false;
}
