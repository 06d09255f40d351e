import type { DeploymentLook } from "../targets/disruptable";
import { notReady, readyReplicas } from "./deployment-watch";
import type { Disturbance, Inflicted } from "./disturbance";
import { disagreement, type Judged } from "./judge";
import type { Stage } from "./stage";
import { NotYet, TimedOut, waitUntil } from "./wait";

/** Longest wait for pods that were told to end to be gone, in milliseconds. */
const settleMs = 120_000;

/**
 * Waits until every wanted replica is ready and no pod is on its way out.
 * @throws TimedOut
 */
export function calm(stage: Stage, subject: string): Promise<DeploymentLook> {
  const look = stage.watch.fromNow();
  return waitUntil(stage, subject, settleMs, async () => {
    const seen = look();
    const leaving = seen.pods.filter((pod) => pod.leaving).map(({ name }) => `${name} is ending`);
    const missing = notReady(seen) ?? leaving.join(", ");
    if (missing !== "") throw new NotYet(missing);
    return seen;
  });
}

/** Why there was no recovery. */
export interface NoRecovery extends Judged {
  /** All replicas are ready, and yet do not share new sessions. */
  readonly unshared: boolean;
}

/** Waits for the recovery. @returns why there was none; undefined when there was */
export async function recovery(
  stage: Stage,
  { after, scales }: Disturbance,
  inflicted: Inflicted,
): Promise<NoRecovery | undefined> {
  const look = stage.watch.fromNow();
  let turn = 0;
  /** What stood in the way at the last look. */
  let obstacle = "blind" as "blind" | "unready" | "unshared";
  const recovered = async (): Promise<true> => {
    obstacle = "blind";
    const seen = look();
    obstacle = "unready";
    let missing = notReady(seen) ?? (await inflicted.missing?.(seen));
    if (missing === undefined && scales !== true) {
      obstacle = "unshared";
      missing = await disagreement(stage.pins, readyReplicas(seen), turn++);
    }
    if (missing !== undefined) throw new NotYet(missing);
    return true;
  };
  try {
    await waitUntil(stage, `it had recovered after ${after}`, stage.limits.recoverMs, recovered);
    return undefined;
  } catch (error) {
    if (!(error instanceof TimedOut)) throw error;
    const what = {
      blind: "could not see what happened",
      unready: "not recovered",
      unshared: "new sessions are not shared",
    }[obstacle];
    return {
      verdict: obstacle === "blind" || (obstacle === "unready" && scales === true) ? "unknown" : "fail",
      summary: `${what} ${error.limitMs / 1000} s after ${after}: ${error.lastSeen}`,
      unshared: obstacle === "unshared",
    };
  }
}
