import { reasonOf } from "../common/errors";
import type { DeploymentLook } from "../targets/disruptable";
import { disagreement } from "./agreement";
import { notReady, readyReplicas, type DeploymentWatch } from "./deployment-watch";
import type { Disturbance, Inflicted } from "./disturbance";
import type { Judged } from "./judged";
import type { Stage } from "./stage";
import { TimedOut, waitUntil, type Seen, type WaitTerms } from "./wait";

function terms({ run, limits }: Stage, limitMs: number): WaitTerms {
  return { limitMs, intervalMs: limits.intervalMs, clock: run.clock, signal: run.signal };
}

/**
 * Waits until every wanted replica is ready and no pod is on its way out.
 * @throws TimedOut
 */
export function calm(stage: Stage, watch: DeploymentWatch, subject: string): Promise<DeploymentLook> {
  const since = stage.run.clock.now();
  return waitUntil(subject, terms(stage, stage.limits.settleMs), async (): Promise<Seen<DeploymentLook>> => {
    const look = watch.lookSince(since);
    if (look === undefined) return { seen: watch.problem ?? "nothing yet" };
    const leaving = look.pods.filter((pod) => pod.leaving).map(({ name }) => `${name} is ending`);
    const missing = notReady(look) ?? (leaving.length === 0 ? undefined : leaving.join(", "));
    return missing === undefined ? { done: look } : { seen: missing };
  });
}

/** Waits for the proof that a disturbance landed. @throws TimedOut */
export function landing(stage: Stage, { title }: Disturbance, inflicted: Inflicted): Promise<string> {
  return waitUntil(`it had landed: ${title}`, terms(stage, stage.limits.landMs), () => inflicted.landed());
}

/** Why there was no recovery. */
export interface NoRecovery extends Judged {
  /** All replicas are ready, and yet do not share new sessions. */
  readonly unshared: boolean;
}

/** Waits for the recovery. @returns why there was none; undefined when there was */
export async function recovery(
  stage: Stage,
  { after, untilShared, unready }: Disturbance,
  inflicted: Inflicted,
  watch: DeploymentWatch,
): Promise<NoRecovery | undefined> {
  const landedAt = stage.run.clock.now();
  let turn = 0;
  /** What stood in the way at the last look. */
  let obstacle = "blind" as "blind" | "unready" | "unshared";
  const look = async (): Promise<Seen<true>> => {
    const seen = watch.lookSince(landedAt);
    if (seen === undefined) {
      obstacle = "blind";
      return { seen: watch.problem ?? "nothing yet" };
    }
    const missing = notReady(seen) ?? (await inflicted.missing(seen));
    if (missing !== undefined) {
      obstacle = "unready";
      return { seen: missing };
    }
    const why = untilShared ? await disagreement(stage.pins, readyReplicas(seen), turn++) : undefined;
    if (why === undefined) return { done: true };
    obstacle = "unshared";
    return { seen: why };
  };
  try {
    await waitUntil(`it had recovered after ${after}`, terms(stage, stage.limits.recoverMs), look);
    return undefined;
  } catch (error) {
    if (!(error instanceof TimedOut)) throw error;
    const late = `${error.limitMs / 1000} s after ${after}: ${error.lastSeen}`;
    if (obstacle === "unshared") return { verdict: "fail", summary: `new sessions are not shared ${late}`, unshared: true };
    if (obstacle === "unready") return { verdict: unready, summary: `not recovered ${late}`, unshared: false };
    return { verdict: "unknown", summary: `it cannot be told what became of it ${late}`, unshared: false };
  }
}

/** Why a disturbance came to nothing, in one line. */
export function whyNot(error: unknown, signal: AbortSignal): string {
  return signal.aborted ? "interrupted" : reasonOf(error);
}
