import { reportOf, type Conducted } from "../event";
import type { Verdict } from "../../report/report";
import type { SoakOptions } from "./options";
import type { LiveSessions } from "./sessions";
import { Tally, type ViolationExample } from "./tally";
import { noUsage, type UsageReport } from "./usage";
import { judgeSoak, type SoakFacts } from "./verdict";

/** The result of a soak. `schema.json` beside this file describes it to other programs. */
export interface SoakReport extends SoakFacts {
  readonly schema: "plano-affinity/soak/v1";
  readonly verdict: Verdict;
  /** Why the verdict is not `pass`; null when it is. */
  readonly reason: string | null;
  /** ISO 8601. */
  readonly startedAt: string;
  /** What was soaked, in words, without credentials. */
  readonly target: string;
  /** Address of the service; empty when none was found. */
  readonly service: string;
  readonly violations: readonly ViolationExample[];
}

/** What a run has come to. Times are milliseconds of the run's clock. */
export interface SoakOutcome {
  readonly tally: Tally;
  readonly live: Pick<LiveSessions, "peak" | "least" | "allLiveAt">;
  readonly faults: readonly Conducted[];
  readonly begunAt: number;
  readonly skipped: number;
  readonly leftOut: string | undefined;
  readonly leftover: string | undefined;
  readonly usage: UsageReport;
}

export type SoakHead = Pick<SoakReport, "startedAt" | "target" | "service" | "durationMs"> & {
  readonly options: SoakOptions;
  readonly interrupted: boolean;
};

/** Pure: the report. @param outcome or why nothing was measured */
export function soakReport({ options, interrupted, durationMs, ...head }: SoakHead, outcome: SoakOutcome | string): SoakReport {
  const { minutes, sessions, rate, ttlSeconds, seed, faults, recoverWithinSeconds } = options;
  const settings = { minutes, sessions, rate, ttlSeconds, seed, faults, recoverWithinSeconds };
  const problem = typeof outcome === "string" ? outcome : undefined;
  const { tally, live, begunAt, skipped, ...rest } = typeof outcome === "string" ? nothing : outcome;
  const { begun, answered, violated } = tally.sessions;
  const facts: SoakFacts = {
    durationMs,
    settings,
    sessions: {
      peak: live.peak,
      least: live.least ?? null,
      allLiveMs: live.allLiveAt === undefined ? null : Math.round(live.allLiveAt - begunAt),
      begun,
      unanswered: begun - answered,
      violated,
    },
    requests: { ...tally.ways, skipped: tally.skipped + skipped },
    failures: tally.failures(),
    answers: tally.answers,
    faults: rest.faults.map((fault, i) => ({ ...reportOf(fault, begunAt), requests: tally.during(i) })),
    leftOut: rest.leftOut ?? null,
    leftover: rest.leftover ?? null,
    usage: rest.usage,
  };
  const judgement = judgeSoak(facts, { interrupted, problem });
  return { schema: "plano-affinity/soak/v1", ...judgement, ...head, ...facts, violations: tally.examples };
}

const nothing: SoakOutcome = {
  tally: new Tally(),
  live: { peak: 0, least: undefined, allLiveAt: undefined },
  faults: [],
  begunAt: 0,
  skipped: 0,
  leftOut: undefined,
  leftover: undefined,
  usage: noUsage,
};

/** The process exit code for a report: 0 pass, 1 fail, 2 unknown. */
export function soakExitCode({ verdict }: Pick<SoakReport, "verdict">): 0 | 1 | 2 {
  return verdict === "pass" ? 0 : verdict === "fail" ? 1 : 2;
}
