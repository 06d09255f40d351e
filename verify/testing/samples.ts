import assert from "node:assert/strict";
import type { Trial } from "../checks/trial/trial";
import type { Exchange, Session } from "../history";
import type { Finding } from "../report/report";
import type { Survey } from "../run/survey";

/** A survey in which each prompt went to the model given; null: it answered inconsistently. */
export function surveyOf(routes: Readonly<Record<string, string | null>>): Survey {
  const prompts = Object.entries(routes).map(([prompt, model]) => ({ prompt, model, answers: [] }));
  return {
    prompts,
    models: [...new Set(Object.values(routes).flatMap((model) => model ?? []))].sort(),
    silent: [],
    perSecond: 1_000,
  };
}

let traces = 0;

/** One request as text, `a quick small`: replica, prompt, and the model that answered, or `!HTTP 500` where none did. */
export function exchangeOf(row: string, overrides: Partial<Exchange> = {}): Exchange {
  const [, name = "", prompt = "", answer = ""] = /^(\S+) (\S+) (.+)$/.exec(row.trim()) ?? [];
  return {
    replica: { name, url: `http://${name}.test` },
    prompt,
    traceId: `trace${++traces}`,
    attempts: 1,
    sentAt: 0,
    answeredAt: 10,
    answer: answer.startsWith("!") ? { kind: "failure", reason: answer.slice(1) } : { kind: "model", model: answer },
    ...overrides,
  };
}

/** @param rows requests, parted by `;` */
export function sessionOf(id: string, rows: string, overrides: Partial<Session> = {}): Session {
  return {
    index: 0,
    id,
    exchanges: rows === "" ? [] : rows.split(";").map((row) => exchangeOf(row)),
    continued: false,
    pinnedUntil: Number.POSITIVE_INFINITY,
    ...overrides,
  };
}

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

/** What a check found, in words: `pass: …`. */
export const wordsOf = ({ verdict, summary }: Finding): string => `${verdict}: ${summary}`;

/** Fails unless a check found this, in the words of `wordsOf`. */
export function assertSays(finding: Finding, said: string | RegExp): void {
  if (typeof said === "string") assert.equal(wordsOf(finding), said);
  else assert.match(wordsOf(finding), said);
}

/** Where unpinned routing sends the prompts of trials: `quick` and `deep`; others are not known. */
export const choice = {
  modelOf: (prompt: string): string | undefined => ({ quick: "small", deep: "large" })[prompt],
};
