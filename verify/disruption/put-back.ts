import { reasonOf, Unmeasurable } from "../common/errors";
import type { Disruptable, Scale } from "../targets/disruptable";
import type { Limits } from "./limits";

/**
 * Runs `work` and puts the scale back afterwards: also when it fails or the run is interrupted, and with a time limit of
 * its own.
 * @returns what came of the work, and why nothing could be put back, in one sentence; undefined when it could
 */
export async function puttingBack<T>(
  disruptable: Disruptable,
  limits: Pick<Limits, "putBackMs">,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly leftover: string | undefined }> {
  const putBack = async (): Promise<string | undefined> => {
    try {
      await disruptable.putBack(AbortSignal.timeout(limits.putBackMs));
      return undefined;
    } catch (error) {
      return `the scale could not be put back: ${reasonOf(error)}; ${byHand(disruptable)}`;
    }
  };
  let result: T;
  try {
    result = await work();
  } catch (error) {
    const leftover = await putBack();
    if (leftover === undefined) throw error;
    throw error instanceof Unmeasurable
      ? new Unmeasurable(`${error.message}; ${leftover}`)
      : new Error(`${reasonOf(error)}; ${leftover}`, { cause: error });
  }
  return { result, leftover: await putBack() };
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
