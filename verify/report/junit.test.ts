import assert from "node:assert/strict";
import type { Report } from "./report";
import { junit } from "./junit";
import { hostile, hostileReport } from "../testing/odd-reports";
import { emptyReport, failedReport, goodSessions, hugeReport, reportOf, smokeReport } from "../testing/sample-reports";

const render = (report: Report): string => [...junit.render(report)].join("");

/** The opening tag and, where it has one, the body of the test case of that name. */
function caseOf(xml: string, name: string): string {
  const found = new RegExp(`<testcase [^>]*name="${name}"[^>]*?(/>|>.*?</testcase>)`, "s").exec(xml)?.[0];
  assert.ok(found, `there is no case ${name}`);
  return found;
}

const suiteOf = (xml: string, name: string): string => new RegExp(`<testsuite name="${name}"[^>]*>`).exec(xml)?.[0] ?? "";
const occurrences = (text: string, part: string): number => text.split(part).length - 1;

describe("the JUnit report", () => {
  it("has a green case for each check, each session and the verdict of a pass", () => {
    const xml = render(reportOf());
    assert.match(
      xml,
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites [^>]*tests="16" failures="0" errors="0" time="1.530">/,
    );
    assert.match(
      suiteOf(xml, "checks"),
      / timestamp="2026-01-31T12:00:00" .*tests="4" failures="0" errors="0" skipped="0" time="1.530"/,
    );
    assert.match(suiteOf(xml, "sessions"), / tests="12" failures="0" errors="0" skipped="0"/);
    assert.equal(caseOf(xml, "pinning"), '<testcase classname="plano-affinity.checks" name="pinning" time="0.012"/>');
    assert.equal(caseOf(xml, "verdict"), '<testcase classname="plano-affinity.checks" name="verdict" time="1.494"/>');
    assert.doesNotMatch(xml, /<(failure|error|skipped)/);
  });

  it("tells failures from errors: unknown is an error, with its reason", () => {
    const xml = render(failedReport());
    assert.match(caseOf(xml, "pinning"), /<failure message="8f511022-013: plano-\S+-xw6vs answered openai\/gpt-5\.2 in round 2,/);
    assert.match(
      caseOf(xml, "traces"),
      /<error message="Jaeger at 127\.0\.0\.1:16686 refused the connection" type="unknown">Jaeger at/,
    );
    assert.match(caseOf(xml, "verdict"), /<failure message="pinning: 8f511022-013: /);
    assert.match(caseOf(xml, "session 014"), /<error message="8f511022-014: round 2 was not answered by plano-\S+-9q2lm"/);
    assert.match(suiteOf(xml, "checks"), /failures="2" errors="1"/);
    assert.match(suiteOf(xml, "sessions"), /tests="15" failures="2" errors="1"/);
  });

  it("says of a session that failed what each replica answered", () => {
    assert.match(
      caseOf(render(failedReport()), "session 015"),
      /xw6vs had answered openai\/gpt-5\.2 in round 1\nround 1: \S+-xw6vs: openai\/gpt-5\.2\nround 2: \S+-f565x: openai\/gpt-4o-mini<\/failure>/,
    );
  });

  it("is not green when all checks passed and the run is unknown all the same", () => {
    const xml = render(reportOf({ verdict: "unknown", reason: "the deployment changed during the run" }));
    assert.match(caseOf(xml, "verdict"), /<error message="the deployment changed during the run" type="unknown">/);
    assert.match(xml, /<testsuites [^>]*failures="0" errors="1"/);
  });

  it("is not green when nothing was measured", () => {
    const xml = render(emptyReport());
    assert.match(xml, /<testsuites [^>]*tests="5" failures="0" errors="5"/);
    assert.equal(suiteOf(xml, "sessions"), "");
  });

  it("skips what a smoke test cannot tell, for its exit code is 0", () => {
    const xml = render(smokeReport());
    assert.match(xml, /<testsuites [^>]*tests="4" failures="0" errors="0"/);
    assert.match(suiteOf(xml, "checks"), /skipped="1"/);
    assert.match(caseOf(xml, "verdict"), /<skipped message="a smoke test proves nothing about replicas">/);
    assert.match(caseOf(xml, "smoke"), /\/>$/);
  });

  it("names sessions alike from run to run, and never two alike", () => {
    const names = (prefix: string): string[] =>
      [...render(reportOf({ sessions: goodSessions(3, undefined, prefix) })).matchAll(/sessions" name="([^"]*)"/g)].map(
        ([, name]) => name ?? "",
      );
    assert.deepEqual(names("8f511022-"), ["session 001", "session 002", "session 003"]);
    assert.deepEqual(names("k8s-session-"), names("8f511022-"));
    const twice = [...goodSessions(1), ...goodSessions(1, undefined, "other-")];
    const xml = render(reportOf({ sessions: twice }));
    assert.match(caseOf(xml, "session 001 \\(other-001\\)"), /\/>$/);
  });

  it("writes nothing that is no XML, whatever a gateway answers", () => {
    const xml = render(hostileReport());
    assert.doesNotMatch(xml, /[^\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u);
    assert.doesNotMatch(xml, /<script|<img|<style/);
    assert.ok(xml.includes("&lt;script&gt;globalThis.hit = 1&lt;/script&gt;\"&amp;'&gt;&lt;img"), "text is escaped");
    assert.ok(xml.includes("]]&gt;"), "the end of a CDATA section is escaped");
    assert.equal(
      render(reportOf({ target: hostile.control })).includes("bell\ufffd nul\ufffd lone\ufffd next\u0085 line&#10;break&#9;tab"),
      true,
    );
  });

  it("lists those that failed or are unknown first, a bounded number of all, and says how many it leaves out", () => {
    const xml = render(hugeReport(20_000, 900, 300));
    const order = [...xml.matchAll(/name="session \d+"[^>]*?(?:\/>|>\s*<(\w+))/g)].map(([, outcome]) => outcome ?? "pass");
    assert.deepEqual([...new Set(order)], ["failure", "error", "pass"]);
    assert.deepEqual(
      ["failure", "error", "pass"].map((outcome) => order.filter((it) => it === outcome).length),
      [900, 100, 200],
    );
    assert.equal(
      order.findIndex((it) => it === "pass"),
      1_000,
    );
    assert.match(xml, /<system-out>18800 of 20000 sessions are not listed here: 200 unknown, 18600 passed<\/system-out>/);
    assert.equal(occurrences(xml, "<testcase "), 1_200 + 4);
    assert.match(xml, new RegExp(`<testsuites [^>]*tests="${1_200 + 4}" failures="901" errors="100"`));
  });
});
