import http from "node:http";
import { inTime, type Outcome, type Outcomes, tally } from "./raw-connection";

/** Prompts of both routes: `deep` goes to openai/gpt-5.2, the others to openai/gpt-4o-mini. */
export const prompts = {
  deep: "Prove that the square root of 2 is irrational.",
  fast: "What is the capital of France?",
  sum: "What is 2 and 2?",
};

/** The body of a chat request. */
export const chatBody = (prompt: string): string =>
  JSON.stringify({ model: "openai/gpt-4o-mini", messages: [{ role: "user", content: prompt }] });

/** How long many new sessions may take, in milliseconds: a busy machine of two cores serves 300 a second. */
const burstLimitMs = 100_000;

/**
 * The model that serves a prompt.
 *
 * @param options `fresh`: on a connection of its own, which may meet any replica behind the URL, and not on one that lay idle
 * @throws Error with the status and body when it is refused
 */
export async function chat(url: string, prompt: string, session: string, options: { fresh?: boolean; limitMs?: number } = {}) {
  const { fresh = false, limitMs = 20_000 } = options;
  const headers = { "content-type": "application/json", "x-model-affinity": session };
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: fresh ? { ...headers, connection: "close" } : headers,
    body: chatBody(prompt),
    signal: AbortSignal.timeout(limitMs),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${text}`);
  return (JSON.parse(text) as { model: string }).model;
}

/**
 * Begins `count` sessions as quickly as `atOnce` requests at a time allow, `<prefix>0` and so on.
 *
 * @throws Error when that takes more than 100 s
 */
export async function newSessions(url: string, prefix: string, count: number, atOnce: number): Promise<Outcomes> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: atOnce });
  // Not `fetch`, which takes as long as the gateway.
  const begin = (session: string): Promise<Outcome> =>
    new Promise((resolve) => {
      const headers = { "content-type": "application/json", "x-model-affinity": session };
      http
        .request(`${url}/v1/chat/completions`, { method: "POST", agent, headers }, (answer) => {
          answer.resume().once("close", () => resolve(answer.complete ? (answer.statusCode ?? 0) : "closed"));
        })
        .once("error", () => resolve("closed"))
        .end(chatBody(prompts.sum));
    });
  const all = Promise.all(Array.from({ length: count }, (_, index) => begin(`${prefix}${index}`)));
  try {
    return tally(await inTime(all, `${count} new sessions`, burstLimitMs));
  } finally {
    agent.destroy();
  }
}

/** What went wrong with a request, and why. */
export function describeError(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  return [message ?? String(error), cause?.code ?? cause?.message].filter((it) => it !== undefined).join(": ");
}
