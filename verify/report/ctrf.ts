import { harmless } from "../common/errors";
import { casesOf, type Case } from "./cases";
import type { Report, Verdict } from "./report";

const status = { pass: "passed", fail: "failed", unknown: "other" } as const satisfies Record<Verdict, string>;

/**
 * Common Test Report Format: a test for each check, one for the verdict as a whole, and one for each session that is
 * listed. `unknown` has the status `other`. Source: ctrf.io, specification 0.0.0 (working draft of 2025-11-24).
 */
export function renderCtrf(report: Report): string {
  const all = casesOf(report);
  const tests = [
    ...all.checks.map((one) => ({ ...testOf("checks", one), ...(one.message === "" ? {} : { message: one.message }) })),
    ...all.sessions.map((one) => {
      const trace = one.steps.map((step) => `${step.replica}: ${step.model ?? "no answer"} (${step.times})`).join("\n");
      return { ...testOf("sessions", one), ...(one.verdict === "pass" ? {} : { message: one.message, trace }) };
    }),
  ];
  const count = (wanted: Verdict): number => tests.filter(({ rawStatus }) => rawStatus === wanted).length;
  const start = Date.parse(report.startedAt);
  const stop = start + Math.round(report.durationMs);
  const document = {
    reportFormat: "CTRF",
    specVersion: "0.0.0",
    timestamp: new Date(stop).toISOString(),
    generatedBy: "plano-affinity verify",
    results: {
      tool: { name: "plano-affinity" },
      summary: {
        tests: tests.length,
        passed: count("pass"),
        failed: count("fail"),
        skipped: 0,
        pending: 0,
        other: count("unknown"),
        suites: all.sessions.length > 0 ? 2 : 1,
        start,
        stop,
        duration: stop - start,
      },
      tests,
      environment: {
        reportName: "plano-affinity verify",
        testEnvironment: report.target,
        healthy: report.verdict === "pass",
      },
    },
  };
  const shown = (_: string, value: unknown): unknown => (typeof value === "string" ? harmless(value) : value);
  return `${JSON.stringify(document, shown, 2)}\n`;
}

/** What all tests have. Durations are whole milliseconds. */
function testOf(suite: string, { name, verdict, durationMs }: Case) {
  const duration = Math.round(durationMs);
  return { testId: `${suite}/${name}`, name, status: status[verdict], rawStatus: verdict, duration, suite: [suite] };
}
