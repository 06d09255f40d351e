import { reasonOf, Unmeasurable } from "../../common/errors";
import { conduct, type EventReport } from "../event";
import type { Disturbance, Stage } from "../stage";
import { fixByRollout } from "../trial";
import type { SoakOptions } from "./options";
import type { Random } from "./random";
import type { SoakOutcome } from "./report";
import type { Window } from "./sessions";

/** Pure: when faults may be brought about in a run of some minutes. Times are milliseconds since the traffic began. */
export function timetable(minutes: number) {
  const endMs = minutes * 60_000;
  return {
    endMs,
    /** The first fault waits until all sessions live, but no longer than this. */
    firstAtLatestMs: endMs * 0.4,
    /** No fault begins later than this, and may still recover after the end. */
    beginsUntilMs: endMs - Math.min(20_000, endMs * 0.25),
    /** Without a fault, after each of them. */
    quietMs: Math.min(20_000, endMs / 40),
  };
}

/** The endless order of the faults: each once in a round, rounds differ, and what adds a replica precedes what removes it. */
export function* faultOrder(wanted: readonly Disturbance[], random: Random): Generator<Disturbance, void> {
  const scales = wanted.filter((it) => it.scales === true);
  const others = wanted.filter((it) => it.scales !== true).map((it) => [it]);
  const units = scales.length > 0 ? [...others, scales] : others;
  while (units.length > 0) {
    const places = new Map(units.map((unit) => [unit, random()]));
    yield* [...units].sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0)).flat();
  }
}

/** Brings about one fault after another, with quiet times between them, until the run's time is over. */
export async function disturb(
  stage: Stage,
  { sessions, minutes }: Pick<SoakOptions, "sessions" | "minutes">,
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

  for (const disturbance of faultOrder(wanted, Math.random)) {
    if (!goOn() || elapsed() > beginsUntilMs) break;
    const last = faults.at(-1);
    // What was not added is not removed.
    if (disturbance.id === "replica-removed" && !(last?.id === "replica-added" && last.landedMs !== null)) continue;
    tell(disturbance.title);
    const window = windows.add(disturbance.outage === true);
    faults.push({ ...(await disturbOnce(stage, disturbance, window)), requests: window.requests });
    await rest(elapsed() + quietMs);
  }
  await rest(endMs);
}

async function disturbOnce(stage: Stage, disturbance: Disturbance, window: Window): Promise<EventReport> {
  const { run, disruptable } = stage;
  const { clock, signal } = run;
  const { event: fault, unshared } = await conduct(stage, disturbance, { span: window });
  // Nothing was done.
  if (window.from === Infinity) return fault;
  window.endedAt = clock.now();
  if (window.recoveredAt === Infinity && !signal.aborted) {
    // The next fault is to begin with replicas that share sessions.
    const isBroken = unshared || (window.isOutage && fault.target !== "");
    const mending = isBroken ? await fixByRollout(stage) : undefined;
    if (mending !== undefined) fault.summary = `${fault.summary}; ${mending.summary}`;
    window.endedAt = clock.now();
    if (mending?.fixed !== false) window.recoveredAt = window.endedAt;
  }
  // The autoscaler gets its freedom between two faults of the scale, and when no replica was added to be removed.
  const frees = fault.id === "replica-removed" || (fault.id === "replica-added" && fault.landedMs === null);
  if (!frees || signal.aborted) return fault;
  try {
    await disruptable.putBack(signal);
  } catch (error) {
    // What was measured until then is still worth reporting; it is tried once more at the end.
    if (!(error instanceof Unmeasurable) && !signal.aborted) throw error;
    if (fault.verdict === "pass") fault.verdict = "unknown";
    fault.summary = `${fault.summary}; the scale could not be put back at once: ${reasonOf(error)}`;
  }
  return fault;
}
