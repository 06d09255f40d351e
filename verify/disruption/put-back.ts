import { reasonOf, Unmeasurable } from "../common/errors";
import type { Disruptable, Scale } from "../targets/disruptable";
import type { Stage } from "./stage";

/** Limit of putting things back, also after an interruption, in milliseconds. */
const limitMs = 30_000;

/**
 * Puts back the scale that a killed run has left, runs `work`, and puts the scale back afterwards: also when it fails or the
 * run is interrupted, within a separate time limit.
 * @returns why it could not be put back, in one sentence; undefined when it could
 */
export async function puttingBack({ disruptable, run }: Stage, work: () => Promise<void>): Promise<string | undefined> {
  const putBack = async (): Promise<string | undefined> => {
    try {
      await disruptable.putBack(AbortSignal.timeout(limitMs));
      return undefined;
    } catch (error) {
      return `the scale could not be put back: ${reasonOf(error)}; ${byHand(disruptable)}`;
    }
  };
  try {
    if (disruptable.workload.leftover !== undefined) await disruptable.putBack(run.signal);
    await work();
  } catch (error) {
    const leftover = await putBack();
    if (leftover === undefined) throw error;
    throw error instanceof Unmeasurable
      ? new Unmeasurable(`${error.message}; ${leftover}`)
      : new Error(`${reasonOf(error)}; ${leftover}`, { cause: error });
  }
  return putBack();
}

function byHand({ workload }: Disruptable): string {
  const { deployment, autoscaler, namespace } = workload;
  return `the next run with --checks scale tries again, or by hand in namespace ${namespace}: ${inWords(
    workload.leftover ?? { replicas: deployment.replicas, min: autoscaler?.min, max: autoscaler?.max },
    deployment.name,
    autoscaler?.name,
  )}`;
}

/** Pure: a scale in words. */
export function inWords({ replicas, min, max }: Scale, deployment: string, autoscaler: string | undefined): string {
  const held =
    autoscaler === undefined || min === undefined ? "" : ` and HorizontalPodAutoscaler ${autoscaler} at ${min} to ${max}`;
  return `Deployment ${deployment} at ${replicas} replicas${held}`;
}
