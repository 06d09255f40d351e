import assert from "node:assert/strict";
import { isShared, problemsOf, stepsOf } from "./sessions";
import type { Json, SessionReport } from "./report";
import { checkOf, failedReport, sessionOf } from "../testing/sample-reports";

const shared = sessionOf("8f511022-001", "pass", "a m");

describe("sessions of a check's own", () => {
  it("differ from the shared ones in more than their number", () => {
    const isOwn = (first: string, id: string) => !isShared([{ ...shared, id: first }])({ ...shared, id });
    assert.ok(isOwn("8f511022-001", "77aa0b1c-race-001"));
    assert.ok(isOwn("race-001", "race-race-0a1b2c3d-001"));
    assert.ok(isOwn("s1001", "s1race-0a1b2c3d-001"));
    assert.ok(!isOwn("race-001", "race-012"));
  });
});

describe("what kept a session from passing", () => {
  const problem = (session: SessionReport, evidence: { readonly [key: string]: Json } = {}): string | undefined =>
    problemsOf({ sessions: [shared, session], checks: [checkOf("pinning", "fail", "x", evidence)] })(session);

  it("is nothing where it passed", () => assert.equal(problem(shared), undefined));

  it("is told by its answers", () => {
    const report = failedReport();
    assert.deepEqual(report.sessions.slice(12).map(problemsOf(report)), [
      "plano-5b86d68df7-xw6vs answered openai/gpt-5.2 in round 2, although plano-5b86d68df7-f565x had answered openai/gpt-4o-mini in round 1",
      "round 2 was not answered by plano-5b86d68df7-9q2lm",
      "plano-5b86d68df7-f565x answered openai/gpt-4o-mini in round 2, although plano-5b86d68df7-xw6vs had answered openai/gpt-5.2 in round 1",
    ]);
    assert.equal(problem(sessionOf("8f511022-002", "unknown", "")), "it was not played");
    const alike = sessionOf("8f511022-002", "unknown", "a m; b m");
    assert.equal(problem(alike), "its answers alone do not tell why: see the checks");
  });

  it("is rather what a check says of it", () => {
    const session = sessionOf("8f511022-002", "unknown", "a m; b m");
    const say = (why: string): string | undefined => problem(session, { problems: ["odd", 7, { why }] });
    assert.equal(say("8f511022-002 was not tested: its pin may have run out"), "was not tested: its pin may have run out");
    assert.equal(say("8f511022-002: round 2 was late"), "round 2 was late");
    assert.equal(say("8f511022-003: round 2 was late"), "its answers alone do not tell why: see the checks");
  });

  it("is, of a trial, what its check says, for answers that differ may be right there", () => {
    const session = sessionOf("77aa0b1c-race-001", "fail", "a m; b n");
    assert.equal(problem(session), "see the checks");
    assert.equal(
      problem(session, { sessions: [null, { id: session.id, why: "b disagrees after 80 ms" }] }),
      "b disagrees after 80 ms",
    );
  });
});

describe("steps of a session", () => {
  it("put equal answers of one replica together where they follow one another", () => {
    const steps = stepsOf(sessionOf("x", "pass", "a m; b m; b m; a -; a -; a m"));
    const said = steps.map(({ replica, model, round, times }) => `${round}: ${replica} ${model} ×${times}`);
    assert.deepEqual(said, ["1: a m ×1", "2: b m ×2", "4: a null ×2", "6: a m ×1"]);
  });
});
