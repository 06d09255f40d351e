import assert from "node:assert/strict";
import { problemsOf, stepsOf } from "./sessions";
import type { Json, SessionReport } from "./report";
import { checkOf, sessionOf } from "../testing/sample-reports";

describe("what kept a session from passing", () => {
  const problem = (session: SessionReport, evidence: { readonly [key: string]: Json } = {}): string | undefined =>
    problemsOf({ checks: [checkOf("pinning", "fail", "x", evidence)] })(session);

  it("is nothing where it passed", () => assert.equal(problem(sessionOf("8f511022-001", "pass", "a m")), undefined));

  it("is what a check says of it", () => {
    const session = sessionOf("8f511022-002", "unknown", "a m; b m");
    const say = (why: string): string | undefined => problem(session, { problems: ["odd", 7, { why }] });
    assert.equal(say("8f511022-002 was not tested: its pin may have run out"), "was not tested: its pin may have run out");
    assert.equal(say("8f511022-002: round 2 was late"), "round 2 was late");
    assert.equal(say("8f511022-003: round 2 was late"), "see the checks");
    const why = "b disagrees after 80 ms";
    assert.equal(problem(session, { sessions: [null, { id: session.id, why }] }), why);
  });
});

describe("steps of a session", () => {
  it("put equal answers of one replica together where they follow one another", () => {
    const steps = stepsOf(sessionOf("x", "pass", "a m; b m; b m; a -; a -; a m"));
    const said = steps.map(({ replica, model, round, times }) => `${round}: ${replica} ${model} ×${times}`);
    assert.deepEqual(said, ["1: a m ×1", "2: b m ×2", "4: a null ×2", "6: a m ×1"]);
  });
});
