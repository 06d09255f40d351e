import type { Report, SessionReport, Verdict } from "./report";
import { factsOf, listSessions, type Step, stepsOf } from "./sessions";

/** Sessions that a CI server's report lists: GitLab takes files of up to 30 MB. */
const limits = { notable: 1_000, others: 200 } as const;

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
  const { sessions, leftOut, note } = listSessions(report.sessions, limits.notable, limits.others);
  const { trialOf, problemOf } = factsOf(report);
  const checksMs = report.checks.reduce((sum, check) => sum + check.durationMs, 0);
  const restMs = Math.max(0, durationMs - checksMs);
  const taken = new Set<string>();
  /**
   * A name that stays the same from run to run, although ids begin with a part of the run's own: `session 001`,
   * `race 001`. CI servers know a test again by its name.
   */
  const stableName = (session: SessionReport): string => {
    const short = `${trialOf(session) ?? "session"} ${/\d+$/.exec(session.id)?.[0] ?? session.id}`;
    const name = taken.has(short) ? `${short} (${session.id})` : short;
    taken.add(name);
    return name;
  };
  const checks: readonly Case[] = [
    ...report.checks.map(({ id, summary, ...check }) => ({ ...check, name: id, message: summary, steps: [] })),
    { name: "verdict", verdict, durationMs: restMs, message: reason ?? "", steps: [] },
  ];
  return {
    checks,
    sessions: sessions.map((session) => ({
      name: stableName(session),
      verdict: session.verdict,
      durationMs: 0,
      message: `${session.id}: ${problemOf(session) ?? ""}`,
      steps: stepsOf(session),
      session,
    })),
    leftOut,
    note,
  };
}
