import { describeTarget } from "../../targets";
import type { EventReport } from "../event";
import type { SoakOptions } from "./options";
import { LiveSessions } from "./sessions";
import { Tally } from "./tally";
import { usageReport } from "./usage";
import { judgeSoak } from "./verdict";
import { Windows } from "./windows";

export type SoakReport = ReturnType<typeof soakReport>;
export type SoakFacts = ReturnType<typeof factsOf>;
export type FaultReport = SoakFacts["faults"][number];

/** What a run comes to; it is filled in as the run goes on. */
export type SoakOutcome = ReturnType<typeof newOutcome>;

export function newOutcome() {
  return {
    startedAt: new Date().toISOString(),
    durationMs: 0,
    /** Address of the service; empty when none was found. */
    service: "",
    interrupted: false,
    /** Why nothing was measured. */
    problem: null as string | null,
    tally: new Tally(),
    live: new LiveSessions(),
    /** Each with its window. */
    faults: [] as EventReport[],
    windows: new Windows(),
    leftOut: null as string | null,
    leftover: null as string | null,
    usage: usageReport([], 0),
  };
}

/** Pure: the report. `schema.json` beside this file describes it. */
export function soakReport(options: SoakOptions, outcome: SoakOutcome) {
  const { startedAt, service, tally } = outcome;
  const facts = factsOf(options, outcome);
  const head = { schema: "plano-affinity/soak/v1", ...judgeSoak(facts, outcome), startedAt } as const;
  return { ...head, target: describeTarget(options.target), service, ...facts, violations: tally.examples };
}

/** Pure: what was measured, as the report holds it. Times are milliseconds since the run began. */
function factsOf(options: SoakOptions, outcome: SoakOutcome) {
  const { minutes, sessions, rate, ttlSeconds, seed, faults, recoverWithinSeconds } = options;
  const { durationMs, tally, live, windows, leftOut, leftover, usage } = outcome;
  const { begun, answered, violated } = tally.sessions;
  const { peak, least, allLiveMs } = live;
  return {
    durationMs,
    settings: { minutes, sessions, rate, ttlSeconds, seed, faults, recoverWithinSeconds },
    sessions: { peak, least, allLiveMs, begun, unanswered: begun - answered, violated },
    requests: { ...tally.ways, skipped: tally.skipped },
    failures: tally.failures(),
    answers: tally.answers,
    faults: outcome.faults.map((fault, i) => ({ ...fault, requests: windows.requests(i) })),
    leftOut,
    leftover,
    usage,
  };
}

/** The process exit code for a report: 0 pass, 1 fail, 2 unknown. */
export function soakExitCode({ verdict }: Pick<SoakReport, "verdict">): 0 | 1 | 2 {
  return ({ pass: 0, fail: 1, unknown: 2 } as const)[verdict];
}
