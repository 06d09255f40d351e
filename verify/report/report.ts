/** `unknown`: it could not be measured. Nothing measured is never a pass. */
export type Verdict = "pass" | "fail" | "unknown";

/** Values that survive JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface CheckReport {
  readonly id: string;
  readonly verdict: Verdict;
  /** One sentence: what was seen, or why it failed or could not be measured. */
  readonly summary: string;
  readonly durationMs: number;
  readonly evidence: { readonly [key: string]: Json };
}

export interface SessionReport {
  readonly id: string;
  readonly verdict: Verdict;
  readonly model: string | null;
  readonly route: string | null;
  /** What each of `replicas` answered, in the same order; null where there was no answer. */
  readonly models: readonly (string | null)[];
  /** The order in which replicas were asked. */
  readonly replicas: readonly string[];
  readonly ttlSeconds: number | null;
}

/** What a check has found. */
export interface Finding extends Omit<CheckReport, "id" | "durationMs"> {
  /** Sessions of the check's own, for the report. */
  readonly sessions?: readonly SessionReport[];
}

export interface RequestsReport {
  /** Every attempt of the run, control and retries included. */
  readonly total: number;
  /** Every attempt that failed, also one that a retry repaired. */
  readonly failed: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** The result of a run. `schema.json` beside this file, in the package `plano-affinity/report.schema.json`, describes it to other programs. */
export interface Report {
  readonly schema: "plano-affinity/report/v1";
  readonly verdict: Verdict;
  /** Why the verdict is not `pass`; null when it is. */
  readonly reason: string | null;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** What was verified, in words, without credentials. */
  readonly target: string;
  readonly replicas: readonly { readonly name: string; readonly url: string }[];
  readonly checks: readonly CheckReport[];
  readonly sessions: readonly SessionReport[];
  readonly requests: RequestsReport;
}

/** The process exit code for a report: 0 pass, 1 fail, 2 unknown. A smoke test is judged by its one check. */
export function exitCode({ verdict, checks }: Pick<Report, "verdict"> & Partial<Pick<Report, "checks">>): 0 | 1 | 2 {
  const smoke = checks?.find(({ id }) => id === "smoke");
  return ({ pass: 0, fail: 1, unknown: 2 } as const)[smoke?.verdict ?? verdict];
}
