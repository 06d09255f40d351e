import { Unmeasurable } from "../../common/errors";
import { conduct, whyNot, type EventReport } from "../event";
import { disagreement } from "../pins";
import type { Disturbance, Stage } from "../stage";
import { fixByRollout } from "../trial";
import type { SoakOptions } from "./options";
import { seededRandom, type Random } from "./random";
import type { SoakOutcome } from "./report";
import type { Window } from "./sessions";

/** Pure: when faults may be brought about in a run of some minutes. Times are milliseconds since the traffic began. */
export function timetable(minutes: number) {
  const endMs = minutes * 60_000;
  return {
    endMs,
    /** The first fault waits until all sessions live, but no longer than this. */
    firstAtLatestMs: endMs * 0.4,
    /**
     * No fault of the first round begins later than this, and may still recover after the end, for each is to have its turn;
     * no later one that could not recover before the end.
     */
    beginsUntilMs: (isFirstRound: boolean) => endMs - Math.min(isFirstRound ? 20_000 : 60_000, endMs * 0.25),
    /** Without a fault, after each of them. */
    quietMs: Math.min(20_000, endMs / 40),
  };
}

/**
 * Endless, unless nothing is wanted: the order of the faults. Each comes once in a round, the rounds differ, and what adds
 * a replica comes directly before what removes it, as in the list.
 */
export function* faultOrder(wanted: readonly Disturbance[], random: Random): Generator<Disturbance, void> {
  const scales = wanted.filter((it) => it.scales === true);
  const others = wanted.filter((it) => it.scales !== true).map((it) => [it]);
  const units = scales.length > 0 ? [...others, scales] : others;
  while (units.length > 0) {
    const round = [...units];
    for (let i = round.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [round[i], round[j]] = [round[j] as Disturbance[], round[i] as Disturbance[]];
    }
    yield* round.flat();
  }
}

/** Brings about one fault after another, with quiet times between them, until the run's time is over. */
export async function disturb(
  stage: Stage,
  { sessions, minutes, seed }: Pick<SoakOptions, "sessions" | "minutes" | "seed">,
  wanted: readonly Disturbance[],
  { live, windows, faults }: Pick<SoakOutcome, "live" | "windows" | "faults">,
): Promise<void> {
  const { clock, signal, progress } = stage.run;
  const { endMs, firstAtLatestMs, beginsUntilMs, quietMs } = timetable(minutes);
  const elapsed = (): number => stage.elapsedMs();
  const goOn = (): boolean => !signal.aborted && elapsed() < endMs;
  const tell = (phase: string): void =>
    progress({ phase: `soak: ${phase}`, done: Math.round(elapsed() / 1_000), total: Math.round(endMs / 1_000) });
  const rest = async (untilMs: number, phase = "quiet", isEnough = (): boolean => false): Promise<void> => {
    while (goOn() && elapsed() < untilMs && !isEnough()) {
      tell(phase);
      await clock.sleep(Math.min(200, untilMs - elapsed()), signal);
    }
  };
  await rest(firstAtLatestMs, "beginning sessions", () => live.size >= sessions);
  await rest(elapsed() + quietMs);

  let turn = 0;
  for (const disturbance of faultOrder(wanted, seededRandom(seed))) {
    if (!goOn() || elapsed() > beginsUntilMs(turn++ < wanted.length)) break;
    const last = faults.at(-1);
    // What was not added is not removed.
    if (disturbance.id === "replica-removed" && !(last?.id === "replica-added" && last.landedMs !== null)) continue;
    tell(disturbance.title);
    faults.push(await disturbOnce(stage, disturbance, windows.add(disturbance.outage === true)));
    await rest(elapsed() + quietMs);
  }
  await rest(endMs);
}

async function disturbOnce(stage: Stage, disturbance: Disturbance, window: Window): Promise<EventReport> {
  const { run, disruptable } = stage;
  const { event: fault, unshared } = await conduct(stage, disturbance, {
    begins: () => void (window.from = run.clock.now()),
    recovered: () => void (window.recoveredAt = run.clock.now()),
  });
  // Nothing was done.
  if (window.from === Infinity) return fault;
  window.endedAt = run.clock.now();
  if (window.recoveredAt === Infinity && !run.signal.aborted) await restore(stage, fault, unshared, window);
  // The autoscaler gets its freedom between two faults of the scale, and when no replica was added to be removed.
  const frees = fault.id === "replica-removed" || (fault.id === "replica-added" && fault.landedMs === null);
  if (!frees || run.signal.aborted) return fault;
  try {
    await disruptable.putBack(run.signal);
  } catch (error) {
    // What was measured until then is still worth reporting; it is tried once more at the end.
    if (!(error instanceof Unmeasurable) && !run.signal.aborted) throw error;
    if (fault.verdict === "pass") fault.verdict = "unknown";
    fault.summary = `${fault.summary}; the scale could not be put back at once: ${whyNot(error, run.signal)}`;
  }
  return fault;
}

/** Makes sure that the next fault begins with replicas that share sessions, by a rollout where they do not. */
async function restore(stage: Stage, fault: EventReport, unshared: boolean, window: Window): Promise<void> {
  if (unshared || window.isOutage) {
    const { fixed, summary } =
      !unshared && (await shareSessions(stage))
        ? { fixed: true, summary: "new sessions are shared all the same" }
        : await fixByRollout(stage);
    fault.summary = `${fault.summary}; ${summary}`;
    window.endedAt = stage.run.clock.now();
    if (!fixed) return;
  }
  window.recoveredAt = window.endedAt;
}

/** Whether each of the replicas begins sessions that all others honour. */
async function shareSessions({ pins, watch }: Stage): Promise<boolean> {
  const replicas = watch.ready();
  for (const turn of replicas.keys()) if ((await disagreement(pins, replicas, turn)) !== undefined) return false;
  return replicas.length > 1;
}
