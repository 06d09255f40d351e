import { Unmeasurable } from "../../common/errors";
import { whyNot } from "../course";
import type { DeploymentWatch } from "../deployment-watch";
import type { Stage } from "../stage";
import { conduct, type ConductedFault } from "./conduct";
import { faultOf } from "./faults";
import type { LiveSessions } from "./live-sessions";
import { makeGood } from "./make-good";
import { seededRandom } from "./random";
import { faultOrder, mayBegin, timetable, type FaultId } from "./schedule";
import type { Windows } from "./windows";

export interface DisturbTerms {
  readonly stage: Stage;
  readonly watch: DeploymentWatch;
  readonly windows: Windows;
  readonly live: LiveSessions;
  readonly sessions: number;
  readonly minutes: number;
  readonly seed: number;
  readonly faults: readonly FaultId[];
  /** Takes each fault as soon as it is over. */
  readonly over: (fault: ConductedFault) => void;
  /** Takes the instant at which as many sessions lived as were wanted. */
  readonly allLive: (at: number) => void;
}

/** Time between two looks at the number of sessions, in milliseconds. */
const intervalMs = 200;

/** Brings about one fault after another, with quiet times between them, until the run's time is over. */
export async function disturb(terms: DisturbTerms): Promise<void> {
  const { stage, live, sessions, minutes, seed, faults } = terms;
  const { clock, signal, progress } = stage.run;
  const table = timetable(minutes);
  const { endMs, firstAtLatestMs, quietMs } = table;
  const elapsed = (): number => clock.now() - stage.begunAt;
  const goOn = (): boolean => !signal.aborted && elapsed() < endMs;
  const rest = async (untilMs: number, phase: string): Promise<void> => {
    while (goOn() && elapsed() < untilMs) {
      progress({ phase, done: Math.round(elapsed() / 1000), total: Math.round(endMs / 1000) });
      await clock.sleep(Math.min(1_000, untilMs - elapsed()), signal);
    }
  };
  // A fault may come before all live; they go on being begun.
  const counting = (async () => {
    while (goOn()) {
      if (live.size >= sessions) return terms.allLive(clock.now());
      await clock.sleep(intervalMs, signal);
    }
  })();
  while (goOn() && live.size < sessions && elapsed() < firstAtLatestMs) {
    await rest(elapsed() + intervalMs, "soak: beginning sessions");
  }
  await rest(elapsed() + quietMs, "soak: quiet");

  let added = false;
  let turn = 0;
  for (const id of faults.length === 0 ? [] : faultOrder(faults, seededRandom(seed))) {
    if (!goOn() || !mayBegin(table, { turn: turn++, inRound: faults.length, elapsedMs: elapsed() })) break;
    // What was not added is not removed.
    if (id === "replica-removed" && !added) continue;
    const fault = await one(terms, id, Math.round(endMs / 1000));
    added = id === "replica-added" && fault.landedAt !== undefined;
    await rest(elapsed() + quietMs, "soak: quiet");
  }
  await rest(endMs, "soak: quiet");
  await counting;
}

async function one({ stage, watch, windows, over }: DisturbTerms, id: FaultId, total: number): Promise<ConductedFault> {
  const { run, disruptable } = stage;
  const disturbance = faultOf(id, disruptable, run.target);
  run.progress({ phase: `soak: ${disturbance.title}`, done: Math.round((run.clock.now() - stage.begunAt) / 1000), total });
  const fault = await conduct(stage, watch, windows, id, disturbance);
  await makeGood(stage, watch, fault);
  if (freesScale(fault) && !run.signal.aborted) {
    try {
      await disruptable.putBack(run.signal);
    } catch (error) {
      // What was measured until then is still worth reporting; it is tried once more at the end.
      if (!(error instanceof Unmeasurable) && !run.signal.aborted) throw error;
      if (fault.verdict === "pass") fault.verdict = "unknown";
      fault.summary = `${fault.summary}; the scale could not be put back at once: ${whyNot(error, run.signal)}`;
    }
  }
  over(fault);
  return fault;
}

/**
 * Pure: whether the autoscaler is to have its freedom after a fault: between two faults of the scale, and when no replica
 * was added, so that none will be removed.
 */
function freesScale({ id, landedAt, window }: Pick<ConductedFault, "id" | "landedAt" | "window">): boolean {
  return id === "replica-removed" || (id === "replica-added" && window !== undefined && landedAt === undefined);
}
