import { reasonOf, Unmeasurable } from "../common/errors";
import type { Scale, Workload } from "../targets/disruptable";
import { cutOffName } from "../targets/kubernetes/cut-off-policy";
import type { Stage } from "./stage";

/** Limit of putting things back, also after an interruption, in milliseconds. */
const limitMs = 30_000;

/**
 * Puts back the scale that a killed run has left, runs `work`, and puts back afterwards what was changed: also when it fails or
 * the run is interrupted, within a separate time limit.
 * @returns why it could not be put back, in one sentence; null when it could
 */
export async function puttingBack({ disruptable, run }: Stage, work: () => Promise<void>): Promise<string | null> {
  const { workload } = disruptable;
  const putBack = (): Promise<string | null> =>
    disruptable.putBack(AbortSignal.timeout(limitMs)).then(
      () => null,
      (error: unknown) => `what was changed could not be put back: ${reasonOf(error)}; ${byHand(workload)}`,
    );
  try {
    if (workload.leftover !== undefined) await disruptable.putBack(run.signal);
    await work();
  } catch (error) {
    const leftover = await putBack();
    if (leftover === null) throw error;
    if (error instanceof Unmeasurable) throw new Unmeasurable(`${error.message}; ${leftover}`);
    throw new Error(`${reasonOf(error)}; ${leftover}`, { cause: error });
  }
  return putBack();
}

function byHand({ deployment, autoscaler, namespace, leftover }: Workload): string {
  const scale = leftover ?? { replicas: deployment.replicas, min: autoscaler?.min, max: autoscaler?.max };
  const words = inWords(scale, deployment.name, autoscaler?.name);
  const how = `by hand in namespace ${namespace}: ${words}, without NetworkPolicy ${cutOffName}`;
  return `the next run with the same checks tries again, or ${how}`;
}

/** Pure: a scale in words. */
export function inWords({ replicas, min, max }: Scale, deployment: string, autoscaler: string | undefined): string {
  const held =
    autoscaler === undefined || min === undefined ? "" : ` and HorizontalPodAutoscaler ${autoscaler} at ${min} to ${max}`;
  return `Deployment ${deployment} at ${replicas} replicas${held}`;
}
