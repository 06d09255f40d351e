import { oneLine } from "../common/errors";
import { type Case, casesOf } from "./cases";
import { markup, type Markup } from "./html/markup";
import type { Report } from "./report";

type Outcome = "error" | "failure" | "skipped" | undefined;

/**
 * JUnit XML as CI servers read it: a suite with a case for each check and one for the verdict as a whole, and a suite
 * with sessions. `unknown` is an `<error>`, so that nothing that was not measured looks green; in a smoke test, whose
 * verdict is unknown by nature and whose exit code is 0, it is `<skipped>`.
 *
 * Source: junit-10.xsd of Jenkins' xunit plugin, and Ant's JUnit.xsd but for the totals of `<testsuites>`, which the
 * latter does not have.
 */
export function renderJunit(report: Report): string {
  const { checks, sessions, requests, replicas, verdict, target, startedAt, durationMs } = report;
  const all = casesOf(report);
  const unknown = checks.some(({ id }) => id === "smoke") ? "skipped" : "error";
  const outcomeOf = (one: Case): Outcome => (({ pass: undefined, fail: "failure", unknown }) as const)[one.verdict];
  const count = (cases: readonly Case[], outcome: Outcome): number => cases.filter((one) => outcomeOf(one) === outcome).length;
  const counts = (cases: readonly Case[]): Markup =>
    markup`tests="${cases.length}" failures="${count(cases, "failure")}" errors="${count(cases, "error")}"`;
  const suites = [
    {
      name: "checks",
      tookMs: durationMs,
      cases: all.checks,
      properties: {
        target,
        verdict,
        startedAt,
        replicas: replicas.map(({ name }) => name).join(", "),
        sessions: sessions.length,
        requests: requests.total,
        failedRequests: requests.failed,
        p50Ms: requests.p50Ms,
        p99Ms: requests.p99Ms,
      },
      out: checks.map((check) => `${check.id}: ${check.verdict}: ${check.summary}`).join("\n"),
    },
    {
      name: "sessions",
      tookMs: 0,
      cases: all.sessions,
      properties: { sessions: sessions.length },
      out: all.note ?? "",
    },
  ].filter(({ cases }) => cases.length > 0);
  // Ant's schema allows no zone and no fraction in a timestamp; the property startedAt has both.
  const rendered = suites.map(({ name, tookMs, cases, properties, out }, id) => {
    const known = Object.entries<string | number | null | undefined>(properties).filter(([, value]) => value !== null);
    return markup`\
  <testsuite name="${name}" package="plano-affinity" id="${id}" timestamp="${startedAt.slice(0, 19)}" hostname="localhost" \
${counts(cases)} skipped="${count(cases, "skipped")}" time="${seconds(tookMs)}">
    <properties>
${known.map(([key, value]) => markup`      <property name="${key}" value="${oneLine(String(value), 10_000)}"/>\n`)}\
    </properties>
${cases.map((one) => renderCase(one, `plano-affinity.${name}`, outcomeOf(one)))}\
    <system-out>${out}</system-out>
    <system-err/>
  </testsuite>
`;
  });
  return markup`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="plano-affinity verify" ${counts(suites.flatMap(({ cases }) => cases))} time="${seconds(durationMs)}">
${rendered}</testsuites>
`.text;
}

function renderCase({ name, verdict, durationMs, message, steps }: Case, suite: string, outcome: Outcome): Markup {
  const test = markup`    <testcase classname="${suite}" name="${oneLine(name, 300)}" time="${seconds(durationMs)}"`;
  if (outcome === undefined) return markup`${test}/>\n`;
  const why = outcome === "skipped" ? undefined : markup` type="${verdict}"`;
  const rounds = steps.map(
    ({ round, replica, model, times }) =>
      `\nround ${round}${times > 1 ? `, ${times} times` : ""}: ${replica}: ${model ?? "no answer"}`,
  );
  // Some CI servers show the text only, others the message only.
  const details = markup`<${outcome} message="${oneLine(message, 1_000)}"${why}>${message}${rounds}</${outcome}>`;
  return markup`${test}>\n      ${details}\n    </testcase>\n`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
