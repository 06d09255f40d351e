import { setTimeout as pause } from "node:timers/promises";
import { waitFor } from "../../../lib/wait";

/** Somebody else: sessions that are pinned at every URL, asked without a pause until it is disposed of. */
export class Bystander implements AsyncDisposable {
  /** Rounds in which every session was asked at every URL. */
  rounds = 0;
  /** Longest wait for an answer, in milliseconds. */
  slowestMs = 0;
  readonly failures: string[] = [];
  #stopped = false;
  #asked = 0;
  #asking: Promise<void> | undefined;

  private constructor(
    private readonly urls: readonly string[],
    private readonly models: ReadonlyMap<string, string>,
  ) {}

  /** Pins `sessions` sessions, one half to each model, at the first URL. @throws Error when that goes wrong */
  static async start(urls: readonly string[], prefix: string, sessions = 8): Promise<Bystander> {
    const models = new Map<string, string>();
    for (let index = 0; index < sessions; index++) {
      const session = `${prefix}${index}`;
      const [prompt, model] = index % 2 === 0 ? [prompts.deep, "openai/gpt-5.2"] : [prompts.fast, "openai/gpt-4o-mini"];
      const served = await chat(urls[0] as string, prompt, session);
      if (served !== model) throw new Error(`${session} was pinned to ${served}, not ${model}`);
      models.set(session, model);
    }
    const bystander = new Bystander(urls, models);
    bystander.#asking = bystander.#ask();
    return bystander;
  }

  /** Each prompt is one that would go to the other model without the pin. */
  async #ask(): Promise<void> {
    while (!this.#stopped) {
      for (const [session, model] of this.models) {
        for (const url of this.urls) {
          const began = performance.now();
          const prompt = model === "openai/gpt-5.2" ? prompts.fast : prompts.deep;
          // By turns on a connection that lay idle, and on one that is new and may meet any replica behind the URL.
          const fresh = this.#asked++ % 2 === 0;
          const served = await chat(url, prompt, session, fresh).catch((error: unknown) => describeError(error));
          if (served !== model) this.failures.push(`${session} at ${url}: ${served}, not ${model}`);
          this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
        }
      }
      this.rounds++;
      await pause(20);
    }
  }

  /** Waits for a round that began now or later. @throws Error when that takes more than 40 s */
  async nextRound(): Promise<void> {
    const wanted = this.rounds + 2;
    await waitFor({ subject: "a bystander's round", limitMs: 40_000, intervalMs: 20 }, () => {
      if (this.rounds < wanted) throw new Error(this.failures.join("; "));
      return true;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#asking;
  }
}

export const prompts = { deep: "Prove that the square root of 2 is irrational.", fast: "What is the capital of France?" };

/** The model that serves a prompt. @throws Error with the status and body when it is refused */
export async function chat(url: string, prompt: string, session: string, fresh = false): Promise<string> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-model-affinity": session,
      ...(fresh ? { connection: "close" } : {}),
    },
    body: JSON.stringify({ model: "openai/gpt-4o-mini", messages: [{ role: "user", content: prompt }] }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${text}`);
  return (JSON.parse(text) as { model: string }).model;
}

function describeError(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  return [message ?? String(error), cause?.code ?? cause?.message].filter((it) => it !== undefined).join(": ");
}
