import type { CheckReport, Verdict } from "./report";

export interface Judgement {
  readonly verdict: Verdict;
  readonly reason: string | null;
}

export interface Circumstances {
  readonly sessions: number;
  /** Failed attempts that no check brought about, also those that a retry repaired, and the first of them in words. */
  readonly failures: { readonly count: number; readonly first: string | undefined };
  /** As many of them may be in a pass. */
  readonly maxFailedRequests: number;
  /** What changed in the target during the run. */
  readonly changes: readonly string[];
  readonly interrupted: boolean;
}

type Judged = Pick<CheckReport, "id" | "verdict" | "summary"> & Partial<Pick<CheckReport, "evidence">>;

/** Pure: one failed check fails the run; whatever keeps it from being a full measurement makes it unknown. */
export function judge(checks: readonly Judged[], run: Circumstances): Judgement {
  if (run.interrupted) return { verdict: "unknown", reason: "interrupted" };
  const failed = checks.find(({ verdict }) => verdict === "fail");
  if (failed !== undefined) {
    // The check that found the cause need not be the first that met its effects.
    const cause = checks.map(({ evidence }) => evidence?.cause).find((it) => typeof it === "string");
    const rest = cause === undefined || failed.summary.includes(cause) ? "" : `; ${cause}`;
    return { verdict: "fail", reason: `${failed.id}: ${failed.summary}${rest}` };
  }
  if (run.changes.length > 0) {
    return { verdict: "unknown", reason: `the deployment changed during the run: ${run.changes.join("; ")}` };
  }
  const unknown = checks.find(({ verdict }) => verdict === "unknown");
  if (unknown !== undefined) return { verdict: "unknown", reason: `${unknown.id}: ${unknown.summary}` };
  if (checks.length === 0 || run.sessions === 0) {
    return { verdict: "unknown", reason: "no session was played, which proves nothing about affinity" };
  }
  const { failures, maxFailedRequests } = run;
  if (failures.count > maxFailedRequests) {
    const count = failures.count === 1 ? "1 request failed" : `${failures.count} requests failed`;
    return {
      verdict: "unknown",
      reason: `${count} (--max-failed-requests ${maxFailedRequests}), the first to ${failures.first ?? "a replica"}`,
    };
  }
  return { verdict: "pass", reason: null };
}
