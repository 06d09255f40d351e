import { disagreement } from "../agreement";
import type { DeploymentWatch } from "../deployment-watch";
import { mend } from "../mend";
import type { Stage } from "../stage";
import type { Replica } from "../../history";
import type { ConductedFault } from "./conduct";
import { redisFaults } from "./schedule";

/**
 * Ends a fault that was not recovered from, so that the next one begins with replicas that share sessions: by a rollout
 * where they do not. Where a fault of Redis did nothing, they do.
 */
export async function makeGood(stage: Stage, watch: Pick<DeploymentWatch, "ready">, fault: ConductedFault): Promise<void> {
  const { id, window, unshared } = fault;
  const { clock, signal } = stage.run;
  if (window === undefined || window.recoveredAt !== undefined || signal.aborted) return;
  if (!unshared && !redisFaults.has(id)) window.recoveredAt = window.endedAt;
  else if (!unshared && (await shareSessions(stage, watch.ready()))) {
    fault.summary = `${fault.summary}; new sessions are shared all the same`;
    window.recoveredAt = window.endedAt = clock.now();
  } else {
    const mended = await mend(stage);
    fault.summary = `${fault.summary}; ${mended}`;
    if (mended === "a rollout made it good") window.recoveredAt = clock.now();
    window.endedAt = clock.now();
  }
}

/** Whether each of the replicas begins sessions that all others honour. */
async function shareSessions({ pins }: Stage, replicas: readonly Replica[]): Promise<boolean> {
  if (replicas.length < 2) return false;
  for (const turn of replicas.keys()) if ((await disagreement(pins, replicas, turn)) !== undefined) return false;
  return true;
}
