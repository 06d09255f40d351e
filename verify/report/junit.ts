import { oneLine } from "../common/errors";
import type { ReportFormat } from "./format";
import { leftOutInWords, listSessions } from "./listed-sessions";
import type { Report, Verdict } from "./report";
import { factsOf, stableNames, stepsOf } from "./session-facts";
import { xmlAttributes, xmlText } from "./xml";

/** One line in a CI server's list of tests. */
interface Case {
  readonly name: string;
  readonly verdict: Verdict;
  /** Not as bad as an error: it was not meant to be measured. */
  readonly skipped?: boolean;
  readonly durationMs: number;
  /** One line: why it is no pass. */
  readonly message: string;
  readonly details: string;
}

/** Sessions that are listed: GitLab takes files of up to 30 MB. */
const limits = { notable: 1_000, others: 200 } as const;

/**
 * JUnit XML as CI servers read it: a suite with a case for each check and one for the verdict as a whole, and a suite
 * with sessions. `unknown` is an `<error>`, so that nothing that was not measured looks green; in a smoke test, whose
 * verdict is unknown by nature and whose exit code is 0, it is `<skipped>`.
 *
 * Source: junit-10.xsd of Jenkins' xunit plugin, and Ant's JUnit.xsd but for the totals of `<testsuites>`, which the
 * latter does not have.
 */
export const junit: ReportFormat = {
  id: "junit",
  render: (report) => {
    const suites = [checkSuite(report), ...(report.sessions.length > 0 ? [sessionSuite(report)] : [])];
    const cases = suites.flatMap((suite) => suite.cases);
    const root = xmlAttributes({ name: "plano-affinity verify", ...counts(cases), time: seconds(report.durationMs) });
    const body = suites.map((suite, id) => renderSuite(suite, id, report));
    return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${root}>\n${body.join("")}</testsuites>\n`;
  },
};

interface Suite {
  readonly name: string;
  readonly durationMs: number;
  readonly properties: Readonly<Record<string, string | number>>;
  readonly cases: readonly Case[];
  readonly out: readonly string[];
}

function checkSuite(report: Report): Suite {
  const { checks, requests, replicas, sessions, verdict, reason } = report;
  const whole: Case = {
    name: "verdict",
    verdict,
    skipped: isSmoke(report),
    durationMs: Math.max(0, report.durationMs - checks.reduce((sum, check) => sum + check.durationMs, 0)),
    message: reason ?? "",
    details: reason ?? "",
  };
  return {
    name: "checks",
    durationMs: report.durationMs,
    properties: {
      target: report.target,
      verdict,
      startedAt: report.startedAt,
      replicas: replicas.map(({ name }) => name).join(", "),
      sessions: sessions.length,
      requests: requests.total,
      failedRequests: requests.failed,
      ...(requests.p50Ms === null ? {} : { p50Ms: requests.p50Ms }),
      ...(requests.p99Ms === null ? {} : { p99Ms: requests.p99Ms }),
    },
    cases: [...checks.map(({ id, summary, ...check }) => ({ ...check, name: id, message: summary, details: summary })), whole],
    out: checks.map(({ id, verdict, summary }) => `${id}: ${verdict}: ${summary}`),
  };
}

function sessionSuite(report: Report): Suite {
  const listed = listSessions(report, limits);
  const { trialOf, problemOf } = factsOf(report);
  const names = stableNames(listed.sessions, trialOf);
  const leftOut = leftOutInWords(listed);
  return {
    name: "sessions",
    durationMs: 0,
    properties: {
      sessions: report.sessions.length,
      notListedPassed: listed.leftOut.pass,
      notListedUnknown: listed.leftOut.unknown,
      notListedFailed: listed.leftOut.fail,
    },
    cases: listed.sessions.map((session, i) => {
      const steps = stepsOf(session).map(
        ({ round, replica, model, times }) =>
          `round ${round}${times > 1 ? `, ${times} times` : ""}: ${replica}: ${model ?? "no answer"}`,
      );
      const message = `${session.id}: ${problemOf(session) ?? ""}`;
      return {
        name: names[i] ?? session.id,
        verdict: session.verdict,
        skipped: isSmoke(report),
        durationMs: 0,
        message,
        // Some CI servers show the text only, others the message only.
        details: [message, ...steps].join("\n"),
      };
    }),
    out: leftOut === undefined ? [] : [leftOut],
  };
}

function isSmoke({ checks }: Report): boolean {
  return checks.some(({ id }) => id === "smoke");
}

/** `unknown` is an error, and a failed case a failure. */
function outcomeOf({ verdict, skipped }: Case): "error" | "failure" | "skipped" | undefined {
  if (verdict === "pass") return undefined;
  return verdict === "fail" ? "failure" : skipped === true ? "skipped" : "error";
}

function counts(cases: readonly Case[]): { readonly tests: number; readonly failures: number; readonly errors: number } {
  const of = (outcome: string): number => cases.filter((one) => outcomeOf(one) === outcome).length;
  return { tests: cases.length, failures: of("failure"), errors: of("error") };
}

function renderSuite({ name, durationMs, properties, cases, out }: Suite, id: number, report: Report): string {
  const attributes = xmlAttributes({
    name,
    package: "plano-affinity",
    id,
    // Ant's schema allows no zone and no fraction; the property startedAt has both.
    timestamp: report.startedAt.slice(0, 19),
    hostname: "localhost",
    ...counts(cases),
    skipped: cases.filter((one) => outcomeOf(one) === "skipped").length,
    time: seconds(durationMs),
  });
  const lines = [
    `  <testsuite${attributes}>`,
    "    <properties>",
    ...Object.entries(properties).map(([key, value]) => `      <property${xmlAttributes({ name: key, value })}/>`),
    "    </properties>",
    ...cases.map((one) => renderCase(one, `plano-affinity.${name}`)),
    `    <system-out>${xmlText(out.join("\n"))}</system-out>`,
    "    <system-err/>",
    "  </testsuite>",
  ];
  return `${lines.join("\n")}\n`;
}

function renderCase(one: Case, classname: string): string {
  const outcome = outcomeOf(one);
  const attributes = xmlAttributes({ classname, name: oneLine(one.name, 300), time: seconds(one.durationMs) });
  if (outcome === undefined) return `    <testcase${attributes}/>`;
  const why = xmlAttributes({
    message: oneLine(one.message, 1_000),
    type: outcome === "skipped" ? undefined : one.verdict,
  });
  return `    <testcase${attributes}>\n      <${outcome}${why}>${xmlText(one.details)}</${outcome}>\n    </testcase>`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
