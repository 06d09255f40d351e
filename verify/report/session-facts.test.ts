import assert from "node:assert/strict";
import { factsOf, stepsOf } from "./sessions";
import type { Json, SessionReport } from "./report";
import { checkOf, failedReport, sessionOf } from "../testing/sample-reports";

const checks = ["control", "race", "faults"].map((id) => checkOf(id, "pass", "x"));
const shared = sessionOf("8f511022-001", "pass", "a m");

describe("sessions of a trial", () => {
  const trials: readonly (readonly [first: string, id: string, trial: string | undefined])[] = [
    ["8f511022-001", "8f511022-002", undefined],
    ["8f511022-001", "77aa0b1c-race-001", "race"],
    ["k8s-session-001", "k8s-session-race-0a1b2c3d-001", "race"],
    ["k8s-session-001", "k8s-session-faults-0a1b2c-012", "faults"],
    ["race-001", "race-002", undefined],
    ["race-001", "race-race-0a1b2c3d-001", "race"],
    ["s1001", "s1race-0a1b2c3d-001", "race"],
    ["demo001", "demofaults-0a1b2c-001", "faults"],
    ["s-001", "s-expiry-001", undefined],
  ];
  for (const [first, id, trial] of trials) {
    it(`${id} beside ${first} is of ${trial ?? "none"}`, () => {
      const [one, other] = [first, id].map((name) => ({ ...shared, id: name })) as [SessionReport, SessionReport];
      assert.equal(factsOf({ sessions: [one, other], checks }).trialOf(other), trial);
    });
  }
});

describe("what kept a session from passing", () => {
  const problem = (session: SessionReport, evidence: { readonly [key: string]: Json } = {}): string | undefined =>
    factsOf({ sessions: [shared, session], checks: [...checks, checkOf("pinning", "fail", "x", evidence)] }).problemOf(session);

  it("is nothing where it passed", () => assert.equal(problem(shared), undefined));

  it("is told by its answers", () => {
    const report = failedReport();
    const facts = factsOf(report);
    assert.deepEqual(report.sessions.slice(12).map(facts.problemOf), [
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
    assert.equal(problem(session), "see the check race");
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
