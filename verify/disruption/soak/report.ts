import { reportOf, type Conducted, type EventReport } from "../event";
import type { Verdict } from "../../report/report";
import type { SoakOptions } from "./options";
import type { AnswerVerdict, LiveSessions } from "./sessions";
import { Tally, type FailureGroup, type ViolationExample, type WayCount } from "./tally";
import { noUsage, type UsageReport } from "./usage";
import { judgeSoak } from "./verdict";

/** One fault. Times are milliseconds since the run began. */
export type FaultReport = EventReport & {
  readonly requests: {
    readonly sent: number;
    readonly failed: number;
    /** Answered by another model than the session was pinned to. */
    readonly misrouted: number;
  };
};

/** What was measured. */
export interface SoakFacts {
  readonly durationMs: number;
  readonly settings: Pick<SoakOptions, "minutes" | "sessions" | "rate" | "ttlSeconds" | "seed" | "recoverWithinSeconds"> & {
    readonly faults: readonly string[];
  };
  readonly sessions: {
    /** Most that lived at the same time. */
    readonly peak: number;
    /** Fewest that lived, or were being begun, once as many lived as were wanted; null: never. */
    readonly least: number | null;
    /** When as many lived as were wanted, in milliseconds since the run began; null: never. */
    readonly allLiveMs: number | null;
    readonly begun: number;
    /** Whose first request was not answered, so that nobody knows their pin. */
    readonly unanswered: number;
    /** With a lost or changed pin. */
    readonly violated: number;
  };
  readonly requests: {
    readonly service: WayCount;
    readonly pod: WayCount;
    /** Due and not sent, as too many were under way. */
    readonly skipped: number;
  };
  readonly failures: readonly FailureGroup[];
  readonly answers: Readonly<Record<AnswerVerdict, number>>;
  readonly faults: readonly FaultReport[];
  /** What was left out from the start, and why; null when nothing was. */
  readonly leftOut: string | null;
  /** Why the deployment is not as it was; null when it is. */
  readonly leftover: string | null;
  readonly usage: UsageReport;
}

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
