import assert from "node:assert/strict";
import { judgeTargets } from "../run/session-targets";
import { judgeSurvey, summarise } from "../run/survey";
import { assertSays, sessionOf, surveyOf } from "../testing/samples";

const silent = [{ replica: { name: "b", url: "http://b.test" }, reason: "connection refused" }];

describe("control", () => {
  const two = surveyOf({ quick: "small", other: "small", deep: "large" });
  const cases: readonly [survey: Parameters<typeof judgeSurvey>[0], said: RegExp][] = [
    [two, /^pass: 3 prompts without the header were routed to 2 models \(large 1×, small 2×\)$/],
    [
      surveyOf({ quick: "small", deep: "small" }),
      /^unknown: every prompt got small without the header .* any pin would look right$/,
    ],
    [surveyOf({ quick: null, deep: null }), /^unknown: no prompt got the same model twice without the header \(0 of 2/],
    [{ ...two, silent }, /^unknown: replica b did not answer: connection refused$/],
  ];
  for (const [survey, said] of cases) it(`says ${said.source}`, () => assertSays(judgeSurvey(survey), said));
});

/** What else it says is shown by real replicas: test/integration/verify/session-routing.test.ts. */
describe("control by sessions", () => {
  it("counts how often each target was chosen, and wants every replica to answer", () => {
    const of = (counts: Readonly<Record<string, number>>) => new Map(Object.entries(counts));
    const targets = new Map([
      ["a", of({ w2: 20, w1: 12 })],
      ["b", of({ w3: 11, w1: 21 })],
    ]);
    const { summary } = judgeTargets({ targets, silent: [] });
    assert.equal(summary, "64 sessions, each of one replica's own, were sent to 3 targets (w1 33×, w2 20×, w3 11×)");
    const { verdict } = judgeTargets({ targets, silent });
    assert.equal(verdict, "unknown");
  });
});

describe("summarise", () => {
  it("takes no prompt for evidence that answers inconsistently or only once", () => {
    const { prompts, models } = summarise(
      ["steady", "fickle", "once", "unasked"],
      sessionOf("s", "a steady small; b steady small; a fickle small; b fickle large; a once large; b once !HTTP 500").exchanges,
    );
    const seen = prompts.map(({ prompt, model }) => `${prompt} ${model}`);
    assert.deepEqual([seen, models], [["steady small", "fickle null", "once null"], ["small"]]);
  });
});
