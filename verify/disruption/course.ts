import { reasonOf } from "../common/errors";
import type { DeploymentLook } from "../targets/disruptable";
import { notReady, readyReplicas } from "./deployment-watch";
import type { Disturbance, Inflicted } from "./disturbance";
import { disagreement, type Judged } from "./judge";
import type { Stage } from "./stage";
import { TimedOut, waitUntil, type Seen } from "./wait";

function wait<T>({ run, limits }: Stage, subject: string, limitMs: number, look: () => Promise<Seen<T>>): Promise<T> {
  return waitUntil(subject, { limitMs, intervalMs: limits.intervalMs, clock: run.clock, signal: run.signal }, look);
}

/**
 * Waits until every wanted replica is ready and no pod is on its way out.
 * @throws TimedOut
 */
export function calm(stage: Stage, subject: string): Promise<DeploymentLook> {
  const begunAt = stage.run.clock.now();
  return wait(stage, subject, stage.limits.settleMs, () =>
    stage.watch.since(begunAt, (look): Seen<DeploymentLook> => {
      const leaving = look.pods.filter((pod) => pod.leaving).map(({ name }) => `${name} is ending`);
      const missing = notReady(look) ?? leaving.join(", ");
      return missing === "" ? { done: look } : { seen: missing };
    }),
  );
}

/** Waits for the proof that a disturbance landed. @throws TimedOut */
export function landing(stage: Stage, { title }: Disturbance, inflicted: Inflicted): Promise<string> {
  return wait(stage, `it had landed: ${title}`, stage.limits.landMs, () => inflicted.landed());
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
  const landedAt = stage.run.clock.now();
  let turn = 0;
  /** What stood in the way at the last look. */
  let obstacle = "blind" as "blind" | "unready" | "unshared";
  const look = (): Promise<Seen<true>> => {
    obstacle = "blind";
    return stage.watch.since(landedAt, async (seen): Promise<Seen<true>> => {
      obstacle = "unready";
      const missing = notReady(seen) ?? (await inflicted.missing?.(seen));
      if (missing !== undefined) return { seen: missing };
      obstacle = "unshared";
      const why = scales ? undefined : await disagreement(stage.pins, readyReplicas(seen), turn++);
      return why === undefined ? { done: true } : { seen: why };
    });
  };
  try {
    await wait(stage, `it had recovered after ${after}`, stage.limits.recoverMs, look);
    return undefined;
  } catch (error) {
    if (!(error instanceof TimedOut)) throw error;
    const late = `${error.limitMs / 1000} s after ${after}: ${error.lastSeen}`;
    if (obstacle === "unshared") return { verdict: "fail", summary: `new sessions are not shared ${late}`, unshared: true };
    if (obstacle === "blind") return { verdict: "unknown", summary: `could not see what happened ${late}`, unshared: false };
    return { verdict: scales ? "unknown" : "fail", summary: `not recovered ${late}`, unshared: false };
  }
}

/** Why a disturbance came to nothing, in one line. */
export function whyNot(error: unknown, signal: AbortSignal): string {
  return signal.aborted ? "interrupted" : reasonOf(error);
}
