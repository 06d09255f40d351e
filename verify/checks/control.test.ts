import assert from "node:assert/strict";
import { judgeTargets } from "../run/session-targets";
import { judgeSurvey, summarise } from "../run/survey";
import { sessionOf, surveyOf } from "../testing/samples";

describe("control", () => {
  const silent = [{ replica: { name: "b", url: "http://b.test" }, reason: "connection refused" }];
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
  for (const [survey, said] of cases) {
    it(`says ${said.source}`, () => {
      const { verdict, summary } = judgeSurvey(survey);
      assert.match(`${verdict}: ${summary}`, said);
    });
  }
});

describe("control by sessions", () => {
  const judged = (...seen: readonly Record<string, number>[]): string => {
    const targets = new Map(seen.map((counts, i) => ["ab"[i] ?? "", new Map(Object.entries(counts))]));
    const silent = seen.flatMap((counts, i) =>
      Object.keys(counts).length > 0 ? [] : [{ replica: { name: "ab"[i] ?? "", url: "http://b.test" }, reason: "HTTP 503" }],
    );
    const { verdict, summary } = judgeTargets({ targets, silent });
    return `${verdict}: ${summary}`;
  };

  it("wants every replica to answer, and to send its sessions to two targets", () => {
    const passed = "pass: 64 sessions, each of one replica's own, were sent to 3 targets (w1 33×, w2 20×, w3 11×)";
    assert.equal(judged({ w2: 20, w1: 12 }, { w3: 11, w1: 21 }), passed);
    assert.equal(judged({ w1: 16, w2: 16 }, {}), "unknown: replica b did not answer: HTTP 503");
    const unlike = "unknown: all 32 sessions of replica b got w2, so any affinity would look right";
    assert.equal(judged({ w1: 16, w2: 16 }, { w2: 32 }), unlike);
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
