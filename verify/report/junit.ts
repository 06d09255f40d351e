import { oneLine } from "../common/errors";
import { type Case, casesOf } from "./cases";
import type { ReportFormat } from "./format";
import type { Report } from "./report";

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
    const suites = suitesOf(report);
    const cases = suites.flatMap((suite) => suite.cases);
    const root = attributes({ name: "plano-affinity verify", ...counts(cases), time: seconds(report.durationMs) });
    const body = suites.map((suite, id) => renderSuite(suite, id, report.startedAt));
    return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${root}>\n${body.join("")}</testsuites>\n`;
  },
};

type Outcome = "error" | "failure" | "skipped" | undefined;

interface JunitCase extends Case {
  readonly outcome: Outcome;
}

interface Suite {
  readonly name: string;
  readonly durationMs: number;
  readonly properties: Readonly<Record<string, string | number | undefined>>;
  readonly cases: readonly JunitCase[];
  readonly out: string;
}

function suitesOf(report: Report): Suite[] {
  const { checks, requests, replicas, sessions, verdict, target, startedAt, durationMs } = report;
  const all = casesOf(report);
  const isSmoke = checks.some(({ id }) => id === "smoke");
  const judged = (one: Case): JunitCase => {
    const unknown = isSmoke ? "skipped" : "error";
    return { ...one, outcome: ({ pass: undefined, fail: "failure", unknown } as const)[one.verdict] };
  };
  const checkSuite: Suite = {
    name: "checks",
    durationMs,
    properties: {
      target,
      verdict,
      startedAt,
      replicas: replicas.map(({ name }) => name).join(", "),
      sessions: sessions.length,
      requests: requests.total,
      failedRequests: requests.failed,
      p50Ms: requests.p50Ms ?? undefined,
      p99Ms: requests.p99Ms ?? undefined,
    },
    cases: all.checks.map(judged),
    out: checks.map((check) => `${check.id}: ${check.verdict}: ${check.summary}`).join("\n"),
  };
  const sessionSuite: Suite = {
    name: "sessions",
    durationMs: 0,
    properties: {
      sessions: sessions.length,
      notListedPassed: all.leftOut.pass,
      notListedUnknown: all.leftOut.unknown,
      notListedFailed: all.leftOut.fail,
    },
    cases: all.sessions.map(judged),
    out: all.note ?? "",
  };
  return sessions.length > 0 ? [checkSuite, sessionSuite] : [checkSuite];
}

function counts(cases: readonly JunitCase[]): { readonly tests: number; readonly failures: number; readonly errors: number } {
  const of = (outcome: Outcome): number => cases.filter((one) => one.outcome === outcome).length;
  return { tests: cases.length, failures: of("failure"), errors: of("error") };
}

function renderSuite({ name, durationMs, properties, cases, out }: Suite, id: number, startedAt: string): string {
  const suite = attributes({
    name,
    package: "plano-affinity",
    id,
    // Ant's schema allows no zone and no fraction; the property startedAt has both.
    timestamp: startedAt.slice(0, 19),
    hostname: "localhost",
    ...counts(cases),
    skipped: cases.filter(({ outcome }) => outcome === "skipped").length,
    time: seconds(durationMs),
  });
  const known = Object.entries(properties).filter(([, value]) => value !== undefined);
  const lines = [
    `  <testsuite${suite}>`,
    "    <properties>",
    ...known.map(([key, value]) => `      <property${attributes({ name: key, value })}/>`),
    "    </properties>",
    ...cases.map((one) => renderCase(one, `plano-affinity.${name}`)),
    `    <system-out>${escape(out)}</system-out>`,
    "    <system-err/>",
    "  </testsuite>",
  ];
  return `${lines.join("\n")}\n`;
}

function renderCase({ name, verdict, outcome, durationMs, message, steps }: JunitCase, classname: string): string {
  const test = attributes({ classname, name: oneLine(name, 300), time: seconds(durationMs) });
  if (outcome === undefined) return `    <testcase${test}/>`;
  const why = attributes({ message: oneLine(message, 1_000), type: outcome === "skipped" ? undefined : verdict });
  const rounds = steps.map(
    ({ round, replica, model, times }) =>
      `round ${round}${times > 1 ? `, ${times} times` : ""}: ${replica}: ${model ?? "no answer"}`,
  );
  // Some CI servers show the text only, others the message only.
  const details = escape([message, ...rounds].join("\n"));
  return `    <testcase${test}>\n      <${outcome}${why}>${details}</${outcome}>\n    </testcase>`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

/** Characters that XML 1.0 cannot hold, not even escaped: most control characters, lone surrogates, U+FFFE and U+FFFF. */
const unspeakable = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** Text between tags. What XML cannot hold becomes U+FFFD. */
function escape(text: string): string {
  return text
    .replace(unspeakable, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\r", "&#13;");
}

/** Attributes of a tag, each after a space. Those that are undefined are left out; white space survives parsing. */
function attributes(all: Readonly<Record<string, string | number | undefined>>): string {
  const quoted = (value: string): string =>
    escape(value).replaceAll('"', "&quot;").replaceAll("\n", "&#10;").replaceAll("\t", "&#9;");
  return Object.entries(all)
    .map(([name, value]) => (value === undefined ? "" : ` ${name}="${quoted(String(value))}"`))
    .join("");
}
