import { Unmeasurable } from "../common/errors";
import { calm, landing, recovery, whyNot } from "./course";
import { DeploymentWatch } from "./deployment-watch";
import { rollout } from "./faults/rollout";
import type { Stage } from "./stage";

/**
 * Rolls a deployment whose replicas do not share sessions any more: fresh processes connect to Redis afresh.
 * @returns what came of it, in one clause
 */
export async function mend(stage: Stage): Promise<string> {
  const { run, disruptable, limits } = stage;
  run.progress({ phase: "making it good by a rollout" });
  try {
    await using watch = new DeploymentWatch(disruptable, run.clock, limits.intervalMs, run.signal);
    const remedy = rollout(disruptable);
    const before = await calm(stage, watch, "all replicas were ready before the rollout that is to make it good");
    const inflicted = await remedy.inflict({ watch, before });
    await landing(stage, remedy, inflicted);
    const failure = await recovery(stage, remedy, inflicted, watch);
    return failure === undefined ? "a rollout made it good" : `a rollout did not help: ${failure.summary}`;
  } catch (error) {
    if (error instanceof Unmeasurable) return `a rollout could not make it good: ${whyNot(error, run.signal)}`;
    throw error;
  }
}
