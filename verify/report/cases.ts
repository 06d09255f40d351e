import type { Report, Verdict } from "./report";
import { listSessions, problemsOf, type Step, stepsOf } from "./sessions";

/** Sessions that a CI server's report lists: GitLab takes files of up to 30 MB. */
const mostSessions = 1_000;

export interface Case {
  /** The same from run to run. */
  readonly name: string;
  readonly verdict: Verdict;
  readonly durationMs: number;
  /** One line: what was seen, or why it is no pass. */
  readonly message: string;
  readonly steps: readonly Step[];
}

/** A case for each check, and one for the verdict as a whole, with the rest of the time; and one for each listed session. */
export function casesOf(report: Report) {
  const { verdict, reason, durationMs } = report;
  const { sessions, note } = listSessions(report.sessions, mostSessions);
  const problemOf = problemsOf(report);
  /** CI servers know a test again by its name, and ids begin with a part of the run's own. */
  const places = new Map(report.sessions.map((session, i) => [session, i + 1]));
  const checksMs = report.checks.reduce((sum, check) => sum + check.durationMs, 0);
  const restMs = Math.max(0, durationMs - checksMs);
  const checks: readonly Case[] = [
    ...report.checks.map(({ id, summary, ...check }) => ({ ...check, name: id, message: summary, steps: [] })),
    { name: "verdict", verdict, durationMs: restMs, message: reason ?? "", steps: [] },
  ];
  return {
    checks,
    sessions: sessions.map((session) => ({
      name: `session ${String(places.get(session)).padStart(3, "0")}`,
      verdict: session.verdict,
      durationMs: 0,
      message: `${session.id}: ${problemOf(session) ?? ""}`,
      steps: stepsOf(session),
    })),
    note,
  };
}
