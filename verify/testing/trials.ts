import type { Trial } from "../checks/trial/trial";
import type { Exchange } from "../history";
import { exchangeOf, sessionOf } from "./samples";

/**
 * A trial that was played like this.
 * @param rows parted by `;`: stage, when it was sent and answered in milliseconds, and what `exchangeOf` takes
 */
export function trialOf<Stage extends string>(id: string, rows: string, overrides: Partial<Exchange> = {}): Trial<Stage> {
  const steps = rows.split(";").map((row) => {
    const [, stage = "", sentAt, answeredAt, rest = ""] = /^(\S+) (\d+) (\d+) (.+)$/.exec(row.trim()) ?? [];
    const times = { sentAt: Number(sentAt), answeredAt: Number(answeredAt) };
    return { stage: stage as Stage, exchange: exchangeOf(rest, { ...times, ...overrides }) };
  });
  const session = sessionOf(id, "", { index: Number(id.replace(/\D/g, "")) });
  session.exchanges.push(...steps.map(({ exchange }) => exchange));
  return { session, steps };
}

/** Where unpinned routing sends the prompts of trials: `quick` and `deep`; others are not known. */
export const choice = {
  modelOf: (prompt: string): string | undefined => ({ quick: "small", deep: "large" })[prompt],
};
