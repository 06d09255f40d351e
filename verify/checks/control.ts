import type { Survey } from "../run/survey";
import type { Check, Finding } from "./check";

/** The same prompts without the header get at least two models; otherwise any pin would have looked right. */
export const control: Check = {
  id: "control",
  begin: async () => ({ conclude: async ({ survey }) => judgeSurvey(survey) }),
};

/** Pure: whether the survey can tell a pin from mere routing. */
export function judgeSurvey(survey: Survey): Finding {
  const { prompts, models, silent } = survey;
  const usable = prompts.filter(({ model }) => model !== null).length;
  const evidence = {
    models,
    prompts: prompts.map(({ prompt, model, answers }) => ({ prompt, model, answers })),
  };
  const unknown = (summary: string): Finding => ({ verdict: "unknown", summary, evidence });
  if (silent.length > 0) {
    return unknown(silent.map(({ replica, reason }) => `replica ${replica.name} did not answer: ${reason}`).join("; "));
  }
  if (models.length < 2) {
    const seen = models.length === 0 ? "no prompt got the same model twice" : `every prompt got ${models[0]}`;
    return unknown(
      `${seen} without the header (${usable} of ${prompts.length} prompts answered consistently), so any pin would look right`,
    );
  }
  const counts = models.map((model) => `${model} ${prompts.filter((prompt) => prompt.model === model).length}×`);
  const unused = prompts.length - usable;
  return {
    verdict: "pass",
    summary:
      `${usable} prompts without the header were routed to ${models.length} models (${counts.join(", ")})` +
      (unused === 0 ? "" : `; ${unused} answered inconsistently and not used`),
    evidence,
  };
}
