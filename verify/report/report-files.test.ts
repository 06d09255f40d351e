import Ajv from "ajv";
import addFormats from "ajv-formats";
import assert from "node:assert/strict";
import { renderCtrf } from "./ctrf";
import { renderJson } from "./formats";
import { renderJunit } from "./junit";
import type { Report } from "./report";
import { ctrfSchema } from "../testing/ctrf-schema";
import { assertIsJunit } from "../testing/junit-rules";
import { fullReport, hostile, hostileReport } from "../testing/odd-reports";
import { checkOf, emptyReport, failedReport, goodSessions, hugeReport, reportOf, smokeReport } from "../testing/sample-reports";

const reports: Readonly<Record<string, Report>> = {
  passed: reportOf(),
  failed: failedReport(),
  full: fullReport(),
  hostile: hostileReport(),
  empty: emptyReport(),
  smoke: smokeReport(),
  huge: hugeReport(20_000, 900, 50),
};

describe("the JSON report", () => {
  it("is in pieces what it is whole, with and without sessions", () => {
    const checks = [checkOf("x", "pass", "s", { sessions: [], more: { sessions: [] } })];
    const target = 'odd "sessions": [] name\n  "sessions": []';
    for (const count of [0, 1, 3]) {
      const report = reportOf({ target, checks, sessions: goodSessions(count) });
      assert.equal([...renderJson(report)].join(""), `${JSON.stringify(report, null, 2)}\n`);
    }
  });
});

interface Ctrf {
  readonly timestamp: string;
  readonly results: {
    readonly summary: Readonly<Record<string, number>>;
    readonly tests: readonly (Readonly<Record<"testId" | "name" | "status" | "rawStatus", string>> & {
      readonly message?: string;
      readonly trace?: string;
    })[];
    readonly environment: { readonly healthy: boolean };
  };
}

const ajv = new Ajv({ allErrors: true, strict: false });
addFormats(ajv);
const validate = ajv.compile(ctrfSchema);

/** The document, which fits the schema and whose counts are those of its tests. */
function readCtrf(report: Report): Ctrf["results"] & Pick<Ctrf, "timestamp"> {
  const document: unknown = JSON.parse(renderCtrf(report));
  assert.ok(validate(document), ajv.errorsText(validate.errors));
  const { timestamp, results } = document as Ctrf;
  const { tests, summary } = results;
  const count = (status: string): number => tests.filter((test) => test.status === status).length;
  for (const status of ["passed", "failed", "skipped", "pending", "other"]) assert.equal(summary[status], count(status), status);
  assert.deepEqual([summary["tests"], new Set(tests.map(({ testId }) => testId)).size], [tests.length, tests.length]);
  return { timestamp, ...results };
}

for (const [name, report] of Object.entries(reports)) {
  it(`reports for CI servers fit their schemas, and their counts add up (${name})`, () => {
    readCtrf(report);
    assertIsJunit(renderJunit(report));
  });
}

describe("the CTRF report", () => {
  it("has a test for each check, the verdict and each session", () => {
    const { summary, tests, environment, timestamp } = readCtrf(reportOf());
    assert.deepEqual([summary["tests"], summary["passed"], summary["suites"]], [16, 16, 2]);
    const [start, stop] = ["2026-01-31T12:00:00.123Z", "2026-01-31T12:00:01.653Z"];
    assert.deepEqual([summary["start"], summary["stop"], timestamp], [Date.parse(start), Date.parse(stop), stop]);
    const ids = tests.slice(0, 5).map(({ testId }) => testId);
    assert.deepEqual(ids, ["checks/control", "checks/pinning", "checks/redis", "checks/verdict", "sessions/session 001"]);
    assert.equal(environment.healthy, true);
  });

  it("has unknown as the status other, with its reason, and never as passed", () => {
    const { tests, summary, environment } = readCtrf(failedReport());
    const of = (id: string) => tests.find(({ testId }) => testId === id);
    assert.deepEqual([of("checks/traces")?.status, of("checks/traces")?.rawStatus], ["other", "unknown"]);
    assert.match(of("checks/traces")?.message ?? "", /refused the connection$/);
    assert.deepEqual([of("checks/verdict")?.status, of("checks/pinning")?.status], ["failed", "failed"]);
    assert.match(of("sessions/session 015")?.message ?? "", /^8f511022-015: \S+ answered openai\/gpt-4o-mini in round 2/);
    assert.match(of("sessions/session 015")?.trace ?? "", /xw6vs: openai\/gpt-5\.2 \(1\)\n/);
    assert.equal(of("sessions/session 014")?.status, "other");
    assert.deepEqual([summary["failed"], summary["other"], environment.healthy], [4, 2, false]);
    const interrupted = readCtrf(reportOf({ verdict: "unknown", reason: "interrupted" }));
    const verdict = interrupted.tests.find(({ name }) => name === "verdict");
    assert.deepEqual([verdict?.status, verdict?.message, interrupted.environment.healthy], ["other", "interrupted", false]);
  });
});

/** The opening tag and, where it has one, the body of the test case of that name. */
function caseOf(xml: string, name: string): string {
  const found = new RegExp(`<testcase [^>]*name="${name}"[^>]*?(/>|>.*?</testcase>)`, "s").exec(xml)?.[0];
  assert.ok(found, `there is no case ${name}`);
  return found;
}

const suiteOf = (xml: string, name: string): string => new RegExp(`<testsuite name="${name}"[^>]*>`).exec(xml)?.[0] ?? "";

describe("the JUnit report", () => {
  it("has a green case for each check, each session and the verdict of a pass", () => {
    const xml = renderJunit(reportOf());
    assert.match(xml, /^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites /);
    assert.match(xml, /<testsuites [^>]*tests="16" failures="0" errors="0" time="1.530">/);
    assert.match(suiteOf(xml, "checks"), / timestamp="2026-01-31T12:00:00" .*tests="4" .* skipped="0" time="1.530"/);
    assert.equal(caseOf(xml, "pinning"), '<testcase classname="plano-affinity.checks" name="pinning" time="0.012"/>');
    assert.equal(caseOf(xml, "verdict"), '<testcase classname="plano-affinity.checks" name="verdict" time="1.494"/>');
    assert.doesNotMatch(xml, /<(failure|error|skipped)/);
  });

  it("tells failures from errors: unknown is an error, with its reason", () => {
    const xml = renderJunit(failedReport());
    assert.match(caseOf(xml, "pinning"), /<failure message="8f511022-013: plano-\S+-xw6vs answered openai\/gpt-5\.2 in round 2,/);
    assert.match(caseOf(xml, "traces"), /<error message="Jaeger at \S+ refused the connection" type="unknown">Jaeger at/);
    assert.match(caseOf(xml, "verdict"), /<failure message="pinning: 8f511022-013: /);
    assert.match(caseOf(xml, "session 014"), /<error message="8f511022-014: round 2 was not answered by plano-\S+-9q2lm"/);
    assert.match(suiteOf(xml, "checks"), /failures="2" errors="1"/);
    assert.match(suiteOf(xml, "sessions"), /tests="15" failures="2" errors="1"/);
    const answers = /\nround 1: \S+-xw6vs: openai\/gpt-5\.2\nround 2: \S+-f565x: openai\/gpt-4o-mini<\/failure>/;
    assert.match(caseOf(xml, "session 015"), answers);
  });

  it("is not green when all checks passed and the run is unknown all the same, or nothing was measured", () => {
    const xml = renderJunit(reportOf({ verdict: "unknown", reason: "the deployment changed during the run" }));
    assert.match(caseOf(xml, "verdict"), /<error message="the deployment changed during the run" type="unknown">/);
    assert.match(xml, /<testsuites [^>]*failures="0" errors="1"/);
    const empty = renderJunit(emptyReport());
    assert.match(empty, /<testsuites [^>]*tests="5" failures="0" errors="5"/);
    assert.equal(suiteOf(empty, "sessions"), "");
  });

  it("skips what a smoke test cannot tell, as its exit code is 0", () => {
    const xml = renderJunit(smokeReport());
    assert.match(xml, /<testsuites [^>]*tests="4" failures="0" errors="0"/);
    assert.match(suiteOf(xml, "checks"), /skipped="1"/);
    assert.match(caseOf(xml, "verdict"), /<skipped message="a smoke test proves nothing about replicas">/);
    assert.match(caseOf(xml, "smoke"), /\/>$/);
  });

  it("writes nothing but XML, whatever a gateway answers", () => {
    const xml = renderJunit(hostileReport());
    assert.doesNotMatch(xml, /[^\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u);
    assert.ok(xml.includes("&lt;script&gt;globalThis.hit = 1&lt;/script&gt;&quot;&amp;&#39;&gt;&lt;img"), "text is escaped");
    assert.ok(xml.includes("]]&gt;"), "the end of a CDATA section is escaped");
    const control = renderJunit(reportOf({ target: hostile.control }));
    assert.ok(control.includes("bell nul lone\ufffd next line break tab"));
    const unseen = /(?![\n\t])[\p{C}\p{Default_Ignorable_Code_Point}]/u;
    for (const text of [xml, renderCtrf(hostileReport())]) {
      assert.doesNotMatch(text, unseen);
      assert.ok(text.includes("gpt\ufffd-\ufffd\ufffd4o\ufffd\ufffd\ufffd") && text.includes("pod-\ufffdgnp.exe"));
    }
  });

  it("is bounded, with what failed or is unknown first, and says how many it leaves out", () => {
    const xml = renderJunit(reports["huge"] as Report);
    const order = [...xml.matchAll(/name="session \d+"[^>]*?(?:\/>|>\s*<(\w+))/g)].map(([, outcome]) => outcome ?? "pass");
    const count = (outcome: string): number => order.filter((it) => it === outcome).length;
    assert.deepEqual([...new Set(order)], ["failure", "error", "pass"]);
    assert.deepEqual([count("failure"), count("error"), count("pass")], [900, 50, 50]);
    const leftOut = "19000 of 20000 sessions are not listed here";
    assert.ok(xml.includes(`<system-out>${leftOut}</system-out>`));
    assert.match(xml, /<testsuites [^>]*tests="1004" failures="901" errors="50"/);
  });
});
