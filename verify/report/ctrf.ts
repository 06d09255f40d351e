import type { ReportFormat } from "./format";
import { leftOutInWords, listSessions } from "./listed-sessions";
import type { Json, Report, Verdict } from "./report";
import { factsOf, stableNames, stepsOf } from "./session-facts";

/** The part of a CTRF test that is written here. Durations are whole milliseconds. */
interface CtrfTest {
  readonly testId: string;
  readonly name: string;
  readonly status: "passed" | "failed" | "other";
  readonly rawStatus: Verdict;
  readonly duration: number;
  readonly suite: readonly string[];
  readonly message?: string;
  readonly trace?: string;
  readonly extra?: { readonly [key: string]: Json };
}

/** Sessions that are listed. */
const limits = { notable: 1_000, others: 200 } as const;

const status = { pass: "passed", fail: "failed", unknown: "other" } as const satisfies Record<Verdict, CtrfTest["status"]>;

/**
 * Common Test Report Format: a test for each check, one for the verdict as a whole, and one for each session that is
 * listed. `unknown` has the status `other`. Source: ctrf.io, specification 0.0.0 (working draft of 2025-11-24).
 */
export const ctrf: ReportFormat = {
  id: "ctrf",
  render: (report) => `${JSON.stringify(toCtrf(report), null, 2)}\n`,
};

function toCtrf(report: Report): unknown {
  const listed = listSessions(report, limits);
  const tests = [...checkTests(report), verdictTest(report), ...sessionTests(report, listed.sessions)];
  const count = (wanted: CtrfTest["status"]): number => tests.filter((test) => test.status === wanted).length;
  const start = Date.parse(report.startedAt);
  const stop = start + Math.round(report.durationMs);
  const { total, failed, p50Ms, p99Ms } = report.requests;
  return {
    reportFormat: "CTRF",
    specVersion: "0.0.0",
    timestamp: new Date(stop).toISOString(),
    generatedBy: "plano-affinity verify",
    results: {
      tool: { name: "plano-affinity" },
      summary: {
        tests: tests.length,
        passed: count("passed"),
        failed: count("failed"),
        skipped: 0,
        pending: 0,
        other: count("other"),
        suites: new Set(tests.map(({ suite }) => suite.join("\n"))).size,
        start,
        stop,
        duration: stop - start,
        extra: {
          "plano-affinity.sessions": {
            total: report.sessions.length,
            listed: listed.sessions.length,
            leftOut: listed.leftOut,
            note: leftOutInWords(listed) ?? null,
          },
          "plano-affinity.requests": { total, failed, p50Ms, p99Ms },
        },
      },
      tests,
      environment: {
        reportName: "plano-affinity verify",
        testEnvironment: report.target,
        healthy: report.verdict === "pass",
        extra: { "plano-affinity.replicas": report.replicas },
      },
    },
  };
}

function checkTests({ checks }: Report): CtrfTest[] {
  return checks.map(({ id, verdict, summary, durationMs }) => ({
    ...testOf(["checks"], id, verdict),
    duration: Math.round(durationMs),
    message: summary,
  }));
}

function verdictTest({ verdict, reason, durationMs, checks }: Report): CtrfTest {
  const rest = durationMs - checks.reduce((sum, check) => sum + check.durationMs, 0);
  return {
    ...testOf(["checks"], "verdict", verdict),
    duration: Math.max(0, Math.round(rest)),
    ...(reason === null ? {} : { message: reason }),
  };
}

function sessionTests(report: Report, sessions: Report["sessions"]): CtrfTest[] {
  const { trialOf, problemOf } = factsOf(report);
  const names = stableNames(sessions, trialOf);
  return sessions.map((session, i) => {
    const { id, verdict, model, route, ttlSeconds, replicas, models } = session;
    const problem = problemOf(session);
    const steps = stepsOf(session).map(({ replica, model, times }) => `${replica}: ${model ?? "no answer"} (${times})`);
    return {
      ...testOf(["sessions"], names[i] ?? id, verdict),
      duration: 0,
      ...(problem === undefined ? {} : { message: `${id}: ${problem}`, trace: steps.join("\n") }),
      extra: { "plano-affinity.session": { id, model, route, ttlSeconds, replicas, models } },
    };
  });
}

function testOf(suite: readonly string[], name: string, verdict: Verdict): Omit<CtrfTest, "duration"> {
  return { testId: [...suite, name].join("/"), name, status: status[verdict], rawStatus: verdict, suite };
}
