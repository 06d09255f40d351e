import type { Random } from "./random";

/** What is done to the deployment, by the names that `--faults` takes. */
export const faultIds = [
  "pod-deleted",
  "rollout",
  "redis-clients-killed",
  "redis-restarted",
  "replica-added",
  "replica-removed",
] as const;

export type FaultId = (typeof faultIds)[number];

/** Faults after which pins cannot be had until the replicas have found Redis again. */
export const redisFaults: ReadonlySet<FaultId> = new Set<FaultId>(["redis-clients-killed", "redis-restarted"]);

/** They go together, the one that adds first. */
const scalingFaults: ReadonlySet<FaultId> = new Set<FaultId>(["replica-added", "replica-removed"]);

/** When faults may be brought about. Times are milliseconds since the traffic began. */
export interface Timetable {
  readonly endMs: number;
  /** The first fault waits until all sessions live, but no longer than this. */
  readonly firstAtLatestMs: number;
  /** No fault of the first round begins later than this; it may still recover after the end. */
  readonly firstRoundUntilMs: number;
  /** No other fault begins later than this: it could not recover before the end. */
  readonly laterRoundsUntilMs: number;
  /** Without a fault, after each of them. */
  readonly quietMs: number;
}

/** Pure: when faults may be brought about in a run of some minutes. */
export function timetable(minutes: number): Timetable {
  const endMs = minutes * 60_000;
  return {
    endMs,
    firstAtLatestMs: endMs * 0.4,
    firstRoundUntilMs: endMs - Math.min(20_000, endMs * 0.25),
    laterRoundsUntilMs: endMs - Math.min(60_000, endMs * 0.25),
    quietMs: Math.min(20_000, endMs / 40),
  };
}

/** Pure: whether there is time for a fault; in the first round each is to have its turn. `turn` counts them from 0. */
export function mayBegin(
  { firstRoundUntilMs, laterRoundsUntilMs }: Timetable,
  { turn, inRound, elapsedMs }: { readonly turn: number; readonly inRound: number; readonly elapsedMs: number },
): boolean {
  return elapsedMs <= (turn < inRound ? firstRoundUntilMs : laterRoundsUntilMs);
}

/**
 * Endless: the order of the faults. Each comes once in a round, the rounds differ, and what adds a replica comes directly
 * before what removes it.
 */
export function* faultOrder(wanted: readonly FaultId[], random: Random): Generator<FaultId, never> {
  const scaling = wanted.filter((id) => scalingFaults.has(id)).sort();
  const units: (readonly FaultId[])[] = wanted.filter((id) => !scalingFaults.has(id)).map((id) => [id]);
  if (scaling.length > 0) units.push(scaling);
  if (units.length === 0) throw new RangeError("there is no fault to order");
  for (;;) yield* shuffled(units, random).flat();
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
