import type { Check } from "../run/check";

/** Prompts without the header get at least two models, or different sessions two targets; else any pin would look right. */
export const control: Check = {
  id: "control",
  title: "Unpinned routing tells models apart",
  begin: async () => ({ conclude: async ({ control }) => control }),
};
