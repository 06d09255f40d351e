import assert from "node:assert/strict";
import { judgeSurvey, summarise } from "../run/survey";
import { sessionOf, surveyOf } from "../testing/samples";

describe("control", () => {
  const silent = [{ replica: { name: "b", url: "http://b.test" }, reason: "connection refused" }];
  const cases: readonly [name: string, survey: Parameters<typeof judgeSurvey>[0], said: RegExp][] = [
    [
      "prompts go to two models, and counts them",
      surveyOf({ quick: "small", other: "small", deep: "large" }),
      /^pass: 3 prompts without the header were routed to 2 models \(large 1×, small 2×\)$/,
    ],
    [
      "every prompt goes to one model",
      surveyOf({ quick: "small", deep: "small" }),
      /^unknown: every prompt got small without the header .* so any pin would look right$/,
    ],
    [
      "no prompt got the same model twice",
      surveyOf({ quick: null, deep: null }),
      /^unknown: no prompt got the same model twice without the header \(0 of 2/,
    ],
    [
      "a replica did not answer, and says which and why",
      { ...surveyOf({ quick: "small", deep: "large" }), silent },
      /^unknown: replica b did not answer: connection refused$/,
    ],
  ];
  for (const [name, survey, said] of cases) {
    it(`says ${/\w+/.exec(said.source)?.[0]} when ${name}`, () => {
      const { verdict, summary } = judgeSurvey(survey);
      assert.match(`${verdict}: ${summary}`, said);
    });
  }
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
