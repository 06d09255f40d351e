import assert from "node:assert/strict";
import { judgeSurvey, summarise } from "../run/survey";
import { sessionOf, surveyOf } from "../testing/samples";

describe("control", () => {
  it("passes when prompts go to two models, and counts them", () => {
    const finding = judgeSurvey(surveyOf({ quick: "small", other: "small", deep: "large" }));
    assert.equal(finding.verdict, "pass");
    assert.equal(finding.summary, "3 prompts without the header were routed to 2 models (large 1×, small 2×)");
  });

  it("is unknown when every prompt goes to one model", () => {
    const finding = judgeSurvey(surveyOf({ quick: "small", deep: "small" }));
    assert.equal(finding.verdict, "unknown");
    assert.match(finding.summary, /^every prompt got small without the header .* so any pin would look right$/);
  });

  it("is unknown when no prompt got the same model twice", () => {
    const finding = judgeSurvey(surveyOf({ quick: null, deep: null }));
    assert.equal(finding.verdict, "unknown");
    assert.match(finding.summary, /^no prompt got the same model twice without the header \(0 of 2/);
  });

  it("is unknown when a replica did not answer, and says which and why", () => {
    const silent = [{ replica: { name: "b", url: "http://b.test" }, reason: "connection refused" }];
    const finding = judgeSurvey({ ...surveyOf({ quick: "small", deep: "large" }), silent });
    assert.deepEqual([finding.verdict, finding.summary], ["unknown", "replica b did not answer: connection refused"]);
  });
});

describe("summarise", () => {
  it("takes no prompt for evidence that answers inconsistently or only once", () => {
    const { prompts, models } = summarise(
      ["steady", "fickle", "once", "unasked"],
      sessionOf("s", "a steady small; b steady small; a fickle small; b fickle large; a once large; b once !HTTP 500").exchanges,
    );
    assert.deepEqual(
      prompts.map(({ prompt, model }) => [prompt, model]),
      [
        ["steady", "small"],
        ["fickle", null],
        ["once", null],
      ],
    );
    assert.deepEqual(models, ["small"]);
  });
});
