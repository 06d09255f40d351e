import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import { renderSoak, type SoakReport } from ".";
import { defaultSoak } from "./options";
import { judgeSoak, newOutcome, soakReport, type SoakFacts } from "./report";
import { factsOf, faultOf } from "./testing/sample-facts";

function reportOf(overrides: Partial<SoakFacts> = {}, violations: SoakReport["violations"] = []): SoakReport {
  const facts = factsOf(overrides);
  const judged = judgeSoak(facts, { interrupted: false, problem: null });
  return { ...facts, ...judged, startedAt: "2026-01-02T03:04:05.000Z", violations };
}

const late = { landedMs: null, redisBackMs: null, verdict: "unknown", summary: "late" } as const;
const failed = reportOf(
  {
    answers: { ...factsOf().answers, outside: 1 },
    sessions: { ...factsOf().sessions, violated: 1 },
    failures: [{ way: "service", cause: "HTTP 503: a|b", fault: 0, outage: true, podLeft: false, count: 7 }],
    faults: [faultOf(), faultOf({ id: "rollout", title: "Rollout", ...late })],
  },
  [{ kind: "outside", session: "soak-1", sentence: "plano-1 answered b, although plano-2 had answered a", atMs: 1_234 }],
);

describe("the report of a soak", () => {
  const schema = JSON.parse(readFileSync(join(__dirname, "schema.json"), "utf8")) as object;
  const validate = addFormats(new Ajv()).compile(schema);
  const fits = (report: SoakReport): void => assert.ok(validate(report), JSON.stringify(validate.errors));

  it("fits its schema, and the schema refuses a pass with a reason", () => {
    for (const report of [reportOf(), failed]) fits(report);
    assert.equal(validate({ ...reportOf(), reason: "why" }), false);
    assert.equal(validate({ ...failed, reason: null }), false);
  });

  it("gives failures to their fault, also after one for which nothing was done", () => {
    const outcome = newOutcome();
    const { tally, live } = outcome;
    const windows = [1, 2, 3].map(() => outcome.windows.add(false));
    const titles = ["first", "not calm before", "second"];
    outcome.faults.push(...windows.map(({ requests }, i) => faultOf({ title: titles[i], requests })));
    for (const fault of [undefined, 0, 2]) {
      const window = fault === undefined ? undefined : windows[fault];
      tally.sent("pod", window);
      tally.failed({ way: "pod", cause: `in ${fault}`, outage: false, podLeft: false }, window);
    }
    Object.assign(live, { peak: 3, least: 2, allLiveMs: 1 });
    const report = soakReport(defaultSoak, outcome);
    fits(report);
    const places = report.failures.map(({ cause, fault }) => [cause, fault === null ? "quiet" : report.faults[fault]?.title]);
    assert.deepEqual(Object.fromEntries(places), { "in undefined": "quiet", "in 0": "first", "in 2": "second" });
    assert.deepEqual(report.faults.map((it) => it.requests.failed).join(), "1,0,1");
    assert.deepEqual([report.sessions.peak, report.sessions.least, report.sessions.allLiveMs], [3, 2, 1]);
    const unmeasured = soakReport(defaultSoak, { ...newOutcome(), problem: "no pod" });
    fits(unmeasured);
    assert.deepEqual([unmeasured.verdict, unmeasured.reason], ["unknown", "no pod"]);
  });

  it("is a table for the terminal", () => {
    const text = renderSoak(failed, { color: false });
    for (const pattern of [
      /requests through the service +│ 67,000 sent, none failed/,
      /60\.0 s │ Redis restarted │ 9\.0 s +│ 7\.0 s +│ 1,500/,
      /Rollout: late\n/,
      /│ 7 +│ the service │ HTTP 503: a\|b │ Redis restarted │ Redis out of reach, or not found again │/,
      /\n1\.2 s {2}soak-1: plano-1 answered b, although plano-2 had answered a\n/,
      /\nSoak: fail – 1 answers with another model/,
    ])
      assert.match(text, pattern);
  });
});
