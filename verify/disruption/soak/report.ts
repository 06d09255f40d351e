import type { Verdict } from "../../report/report";
import type { FailureGroup, ViolationExample, WayCount } from "./tally";
import type { UsageReport } from "./usage";

/** One fault. Times are milliseconds since the run began. */
export type FaultReport = {
  readonly id: string;
  readonly title: string;
  readonly target: string;
  readonly startedMs: number;
  /** Null: it did not land. */
  readonly landedMs: number | null;
  /** Redis served again; null where it was not disturbed, or was not seen to. */
  readonly redisBackMs: number | null;
  /** From then on old pins held and new ones worked on every replica; null: never. */
  readonly recoveredMs: number | null;
  readonly endedMs: number;
  readonly verdict: Verdict;
  /** What shows that it landed. */
  readonly proof: string;
  readonly summary: string;
  readonly requests: {
    readonly sent: number;
    readonly failed: number;
    /** Answered by another model than the session was pinned to. */
    readonly misrouted: number;
  };
};

/** The result of a soak. `schema.json` beside this file describes it to other programs. */
export interface SoakReport {
  readonly schema: "plano-affinity/soak/v1";
  readonly verdict: Verdict;
  /** Why the verdict is not `pass`; null when it is. */
  readonly reason: string | null;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** What was soaked, in words, without credentials. */
  readonly target: string;
  /** Address of the service. */
  readonly service: string;
  readonly settings: {
    readonly minutes: number;
    readonly sessions: number;
    readonly rate: number;
    readonly ttlSeconds: number;
    readonly seed: number;
    readonly faults: readonly string[];
    readonly recoverWithinSeconds: number;
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
  readonly answers: {
    readonly held: number;
    readonly unjudged: number;
    /** Another model, during an outage of Redis and the recovery after it. */
    readonly inside: number;
    /** Pins that did not outlive an outage of Redis. */
    readonly lost: number;
    /** Another model, and no outage explains it. */
    readonly outside: number;
  };
  readonly violations: readonly ViolationExample[];
  readonly faults: readonly FaultReport[];
  /** What was left out from the start, and why; null when nothing was. */
  readonly leftOut: string | null;
  /** Why the deployment is not as it was; null when it is. */
  readonly leftover: string | null;
  readonly usage: UsageReport;
}

/** The process exit code for a report: 0 pass, 1 fail, 2 unknown. */
export function soakExitCode({ verdict }: Pick<SoakReport, "verdict">): 0 | 1 | 2 {
  return verdict === "pass" ? 0 : verdict === "fail" ? 1 : 2;
}
