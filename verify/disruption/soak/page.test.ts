import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import { renderSoak, soakExitCode, soakPage, type SoakReport } from ".";
import { judgeSoak, type SoakFacts } from "./verdict";
import { factsOf, faultOf } from "./testing/sample-facts";

const schema = JSON.parse(readFileSync(join(__dirname, "schema.json"), "utf8")) as object;

function reportOf(overrides: Partial<SoakFacts> = {}, violations: SoakReport["violations"] = []): SoakReport {
  const facts = factsOf(overrides);
  const head = { startedAt: "2026-01-02T03:04:05.000Z", target: "kubernetes namespace demo", service: "http://10.0.0.2:32000" };
  return { schema: "plano-affinity/soak/v1", ...judgeSoak(facts, { interrupted: false }), ...head, ...facts, violations };
}

const failed = reportOf({
  answers: { ...factsOf().answers, outside: 1 },
  sessions: { ...factsOf().sessions, violated: 1 },
  failures: [{ way: "service", cause: "HTTP 503: a|b", fault: 0, outage: true, podLeft: false, count: 7 }],
  faults: [faultOf(), faultOf({ id: "rollout", title: "Rollout", landedMs: null, redisBackMs: null, verdict: "unknown", summary: "late" })],
}, [{ kind: "outside", session: "soak-1", sentence: "plano-1 answered b, although the session is pinned to a", atMs: 1_234 }]); // prettier-ignore

describe("the report of a soak", () => {
  it("fits its schema, and the schema refuses a pass with a reason", () => {
    const validate = addFormats(new Ajv()).compile(schema);
    for (const report of [reportOf(), failed]) assert.ok(validate(report), JSON.stringify(validate.errors));
    assert.equal(validate({ ...reportOf(), reason: "why" }), false);
    assert.equal(validate({ ...failed, reason: null }), false);
  });

  it("has the verifier's exit codes", () => {
    assert.deepEqual((["pass", "fail", "unknown"] as const).map((verdict) => soakExitCode({ verdict })), [0, 1, 2]); // prettier-ignore
  });

  it("is a table for the terminal", () => {
    const text = renderSoak(failed, { color: false });
    assert.match(text, /requests through the service +│ 67,000 sent, none failed/);
    assert.match(text, /60\.0 s │ Redis restarted │ 9\.0 s +│ 7\.0 s +│ 1,500/);
    assert.match(text, /Rollout: late\n/);
    assert.match(text, /│ 7 +│ the service │ HTTP 503: a\|b │ Redis restarted │ Redis was away or not found again │/);
    assert.match(text, /\n1\.2 s {2}soak-1: plano-1 answered b, although the session is pinned to a\n/);
    assert.match(text, /\nSoak: fail – 1 answers with another model/);
  });

  it("is a page with the command that made it", () => {
    const page = soakPage(failed, { command: "npm run soak -- --minutes 15", machine: "2 cores" });
    assert.match(
      page,
      /^# Soak\n\n`npm run soak -- --minutes 15` wrote this page\. Run on 2026-01-02: 2 cores\.\n\n\*\*fail\*\*: 1 answers/,
    );
    assert.match(page, /\| 60\.0 s \| Redis restarted \| 9\.0 s \| 7\.0 s \| 1,500 \| 0 \| 200 \| pass \|/);
    assert.match(page, /\| 7 \| the service \| HTTP 503: a\\\|b \|/);
    assert.match(soakPage(reportOf(), { command: "x", machine: "y" }), /\*\*pass\*\*\n/);
  });
});
