import type { EventReport } from "../event";
import type { SoakOptions } from "./options";
import { LiveSessions } from "./sessions";
import { Tally } from "./tally";
import { usageReport } from "./usage";
import { judgeSoak } from "./verdict";

export type SoakReport = ReturnType<typeof soakReport>;
export type SoakFacts = ReturnType<typeof factsOf>;
export type FaultReport = SoakFacts["faults"][number];

/** What a run comes to. Times are milliseconds since it began. */
export type SoakOutcome = ReturnType<typeof newOutcome>;

/** The outcome of a run in which nothing has been measured yet. */
export function newOutcome() {
  return {
    tally: new Tally(),
    live: new LiveSessions(),
    faults: [] as EventReport[],
    leftOut: null as string | null,
    leftover: null as string | null,
    usage: usageReport([], 0),
  };
}

export interface SoakHead {
  /** ISO 8601. */
  readonly startedAt: string;
  /** What was soaked, in words, without credentials. */
  readonly target: string;
  /** Address of the service; empty when none was found. */
  readonly service: string;
}

/** How a run ended. */
export interface SoakEnd {
  readonly interrupted: boolean;
  /** Why nothing was measured. */
  readonly problem?: string;
}

/** Pure: the report. `schema.json` beside this file describes it. */
export function soakReport(head: SoakHead, options: SoakOptions, durationMs: number, outcome: SoakOutcome, end: SoakEnd) {
  const facts = factsOf(options, durationMs, outcome);
  const { examples: violations } = outcome.tally;
  return { schema: "plano-affinity/soak/v1", ...judgeSoak(facts, end), ...head, ...facts, violations } as const;
}

/** Pure: what was measured, as the report holds it. */
function factsOf(options: SoakOptions, durationMs: number, outcome: SoakOutcome) {
  const { minutes, sessions, rate, ttlSeconds, seed, faults, recoverWithinSeconds } = options;
  const { tally, live, leftOut, leftover, usage } = outcome;
  const { begun, answered, violated } = tally.sessions;
  const { peak, least, allLiveMs } = live;
  return {
    durationMs,
    settings: { minutes, sessions, rate, ttlSeconds, seed, faults, recoverWithinSeconds },
    sessions: { peak, least, allLiveMs, begun, unanswered: begun - answered, violated },
    requests: { ...tally.ways, skipped: tally.skipped },
    failures: tally.failures(),
    answers: tally.answers,
    faults: outcome.faults.map((fault, i) => ({ ...fault, requests: tally.during(i) })),
    leftOut,
    leftover,
    usage,
  };
}

/** The process exit code for a report: 0 pass, 1 fail, 2 unknown. */
export function soakExitCode({ verdict }: Pick<SoakReport, "verdict">): 0 | 1 | 2 {
  return ({ pass: 0, fail: 1, unknown: 2 } as const)[verdict];
}
