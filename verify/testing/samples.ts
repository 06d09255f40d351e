import type { Exchange, Session } from "../history";
import type { Survey } from "../run/survey";

/** A survey in which each prompt went to the model given; null: it answered inconsistently. */
export function surveyOf(routes: Readonly<Record<string, string | null>>): Survey {
  const prompts = Object.entries(routes).map(([prompt, model]) => ({ prompt, model, answers: [] }));
  return { prompts, models: [...new Set(Object.values(routes).flatMap((model) => model ?? []))].sort(), silent: [] };
}

/** One request: replica, prompt, and the model that answered; `{ failure }` where none did. */
export type Step = readonly [replica: string, prompt: string, answer: string | { readonly failure: string }];

/** The same as text: `a quick small`, or `a quick !HTTP 500`. */
function read(row: string): Step {
  const [, replica = "", prompt = "", answer = ""] = /^(\S+) (\S+) (.+)$/.exec(row.trim()) ?? [];
  return [replica, prompt, answer.startsWith("!") ? { failure: answer.slice(1) } : answer];
}

let traces = 0;

export function exchangeOf(row: string | Step, overrides: Partial<Exchange> = {}): Exchange {
  const [name, prompt, answer] = typeof row === "string" ? read(row) : row;
  return {
    replica: { name, url: `http://${name}.test` },
    prompt,
    traceId: `trace${++traces}`,
    attempts: 1,
    sentAt: 0,
    answeredAt: 10,
    answer: typeof answer === "string" ? { kind: "model", model: answer } : { kind: "failure", reason: answer.failure },
    ...overrides,
  };
}

/** @param rows requests; as text they are parted by `;` */
export function sessionOf(id: string, rows: string | readonly Step[], overrides: Partial<Session> = {}): Session {
  const steps = typeof rows !== "string" ? rows : rows === "" ? [] : rows.split(";");
  return {
    index: 0,
    id,
    exchanges: steps.map((step) => exchangeOf(step)),
    continued: false,
    pinnedUntil: Number.POSITIVE_INFINITY,
    ...overrides,
  };
}
