import Ajv from "ajv";
import addFormats from "ajv-formats";
import assert from "node:assert/strict";
import { ctrf } from "./ctrf";
import type { Report } from "./report";
import { ctrfSchema } from "../testing/ctrf-schema";
import { fullReport, hostileReport } from "../testing/odd-reports";
import { emptyReport, failedReport, hugeReport, reportOf, smokeReport } from "../testing/sample-reports";

interface Ctrf {
  readonly timestamp: string;
  readonly results: {
    readonly summary: Readonly<Record<string, number>> & { readonly extra: Readonly<Record<string, { readonly note?: string }>> };
    readonly tests: readonly {
      readonly testId: string;
      readonly name: string;
      readonly status: string;
      readonly rawStatus: string;
      readonly message?: string;
      readonly trace?: string;
      readonly suite: readonly string[];
    }[];
    readonly environment: { readonly healthy: boolean };
  };
}

const ajv = new Ajv({ allErrors: true, strict: false });
addFormats(ajv);
const validate = ajv.compile(ctrfSchema);

/** The document, which fits the schema and whose counts are those of its tests. */
function render(report: Report): Ctrf["results"] & Pick<Ctrf, "timestamp"> {
  const document: unknown = JSON.parse([...ctrf.render(report)].join(""));
  assert.ok(validate(document), ajv.errorsText(validate.errors));
  const { timestamp, results } = document as Ctrf;
  const count = (status: string): number => results.tests.filter((test) => test.status === status).length;
  const { tests, passed, failed, skipped, pending, other } = results.summary;
  assert.deepEqual(
    [tests, passed, failed, skipped, pending, other],
    [results.tests.length, count("passed"), count("failed"), count("skipped"), count("pending"), count("other")],
  );
  const ids = results.tests.map(({ testId }) => testId);
  assert.equal(new Set(ids).size, ids.length, "no two tests have the same id");
  return { timestamp, ...results };
}

describe("the CTRF report", () => {
  it("has a test for each check, the verdict and each session", () => {
    const { summary, tests, environment, timestamp } = render(reportOf());
    assert.deepEqual([summary["tests"], summary["passed"], summary["suites"]], [16, 16, 2]);
    assert.deepEqual(
      [summary["start"], summary["stop"], timestamp],
      [Date.UTC(2026, 0, 31, 12, 0, 0, 123), Date.UTC(2026, 0, 31, 12, 0, 1, 653), "2026-01-31T12:00:01.653Z"],
    );
    assert.deepEqual(
      tests.slice(0, 5).map(({ testId }) => testId),
      ["checks/control", "checks/pinning", "checks/redis", "checks/verdict", "sessions/session 001"],
    );
    assert.equal(environment.healthy, true);
  });

  it("has unknown as the status other, with its reason, and never as passed", () => {
    const { tests, summary, environment } = render(failedReport());
    const of = (id: string) => tests.find(({ testId }) => testId === id);
    assert.deepEqual([of("checks/traces")?.status, of("checks/traces")?.rawStatus], ["other", "unknown"]);
    assert.match(of("checks/traces")?.message ?? "", /refused the connection$/);
    assert.deepEqual([of("checks/verdict")?.status, of("checks/pinning")?.status], ["failed", "failed"]);
    assert.match(of("sessions/session 015")?.message ?? "", /^8f511022-015: \S+ answered openai\/gpt-4o-mini in round 2/);
    assert.match(of("sessions/session 015")?.trace ?? "", /xw6vs: openai\/gpt-5\.2 \(1\)\n/);
    assert.equal(of("sessions/session 014")?.status, "other");
    assert.deepEqual([summary["failed"], summary["other"]], [4, 2]);
    assert.equal(environment.healthy, false);
  });

  it("shows an unknown run whose checks all passed", () => {
    const { tests, environment } = render(reportOf({ verdict: "unknown", reason: "interrupted" }));
    const verdict = tests.find(({ name }) => name === "verdict");
    assert.deepEqual([verdict?.status, verdict?.message, environment.healthy], ["other", "interrupted", false]);
  });

  for (const [name, report] of Object.entries({
    full: fullReport(),
    hostile: hostileReport(),
    empty: emptyReport(),
    smoke: smokeReport(),
  })) {
    it(`fits the schema with the ${name} report`, () => {
      assert.ok(render(report).tests.length >= 2);
    });
  }

  it("is bounded, with what failed first, and says how many it leaves out", () => {
    const { tests, summary } = render(hugeReport(20_000, 900, 300));
    const sessions = tests.filter(({ suite }) => suite[0] === "sessions");
    assert.deepEqual([...new Set(sessions.map(({ status }) => status))], ["failed", "other", "passed"]);
    assert.equal(sessions.length, 1_200);
    assert.equal(
      summary.extra["plano-affinity.sessions"]?.note,
      "18800 of 20000 sessions are not listed here: 200 unknown, 18600 passed",
    );
  });
});
