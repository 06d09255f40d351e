import type { Exchange } from "../history";
import type { Trial } from "../checks/trial/trial";
import { exchangeOf, sessionOf, type Step as Sample } from "./samples";

/** One request of a trial: its stage, when it was sent and answered in milliseconds, and what `exchangeOf` takes. */
export type TrialRow<Stage extends string> = readonly [stage: Stage, sentAt: number, answeredAt: number, ...Sample];

/** A trial that was played like this. */
export function trialOf<Stage extends string>(
  id: string,
  rows: readonly TrialRow<Stage>[],
  overrides: Partial<Exchange> = {},
): Trial<Stage> {
  const steps = rows.map(([stage, sentAt, answeredAt, ...sample]) => ({
    stage,
    exchange: exchangeOf(sample, { sentAt, answeredAt, ...overrides }),
  }));
  const session = sessionOf(id, [], { index: Number(id.replace(/\D/g, "")) });
  session.exchanges.push(...steps.map(({ exchange }) => exchange));
  return { session, steps };
}

/** Where unpinned routing sends the prompts of trials: `quick` and `deep`; others are not known. */
export const choice = {
  modelOf: (prompt: string): string | undefined => ({ quick: "small", deep: "large" })[prompt],
};
