import type { DeploymentWatch } from "../verify/disruption/deployment-watch";
import { mend } from "../verify/disruption/mend";
import type { Stage } from "../verify/disruption/stage";
import { conduct, type ConductedFault } from "./conduct";
import { faultOf } from "./faults";
import type { LiveSessions } from "./live-sessions";
import { seededRandom } from "./random";
import { faultOrder, redisFaults, timetable, type FaultId } from "./schedule";
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
  const { endMs, firstAtLatestMs, lastBeginsMs, quietMs } = table;
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
  for (const id of faults.length === 0 ? [] : faultOrder(faults, seededRandom(seed))) {
    if (!goOn() || elapsed() > lastBeginsMs) break;
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
  const { window, unshared } = fault;
  if (window !== undefined && window.recoveredAt === undefined && !run.signal.aborted) {
    if (unshared || redisFaults.has(id)) {
      const mended = await mend(stage);
      fault.summary = `${fault.summary}; ${mended}`;
      if (mended === "a rollout made it good") window.recoveredAt = run.clock.now();
      window.endedAt = run.clock.now();
    } else window.recoveredAt = window.endedAt;
  }
  // The autoscaler has its freedom between two faults of the scale.
  if (id === "replica-removed" && !run.signal.aborted) await disruptable.putBack(run.signal);
  over(fault);
  return fault;
}
