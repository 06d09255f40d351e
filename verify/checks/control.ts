import type { Check } from "../run/check";
import { judgeSurvey } from "../run/survey";

/** The same prompts without the header get at least two models; otherwise any pin would have looked right. */
export const control: Check = {
  id: "control",
  title: "Unpinned routing tells models apart",
  begin: async () => ({ conclude: async ({ survey }) => judgeSurvey(survey) }),
};
