import { setTimeout as pause } from "node:timers/promises";
import { waitFor } from "../../../lib/wait";
import { chat, describeError, prompts } from "./chat";

/** Somebody else: sessions that are pinned at every URL, asked without a pause until it is disposed of. */
export class Bystander implements AsyncDisposable {
  readonly failures: string[] = [];
  /** How often every session was asked at every URL. */
  #rounds = 0;
  #stopped = false;
  readonly #asking: Promise<void>;

  private constructor(
    private readonly urls: readonly string[],
    private readonly models: ReadonlyMap<string, string>,
  ) {
    this.#asking = this.#ask();
  }

  /** Pins eight sessions, one half to each model, at the first URL. @throws Error when that goes wrong */
  static async start(urls: readonly string[], prefix: string): Promise<Bystander> {
    const models = new Map<string, string>();
    for (let index = 0; index < 8; index++) {
      const session = `${prefix}${index}`;
      const [prompt, model] = index % 2 === 0 ? [prompts.deep, "openai/gpt-5.2"] : [prompts.fast, "openai/gpt-4o-mini"];
      const served = await chat(urls[0] as string, prompt, session);
      if (served !== model) throw new Error(`${session} was pinned to ${served}, not ${model}`);
      models.set(session, model);
    }
    return new Bystander(urls, models);
  }

  /** Each prompt is one that would go to the other model without the pin. */
  async #ask(): Promise<void> {
    for (let asked = 0; !this.#stopped; this.#rounds++) {
      for (const [session, model] of this.models) {
        for (const url of this.urls) {
          const prompt = model === "openai/gpt-5.2" ? prompts.fast : prompts.deep;
          // By turns on a connection that lay idle, and on one that is new.
          const served = await chat(url, prompt, session, { fresh: asked++ % 2 === 0 }).catch(describeError);
          if (served !== model) this.failures.push(`${session} at ${url}: ${served}, not ${model}`);
        }
      }
      await pause(20);
    }
  }

  /** Waits for a round that began now or later. @throws Error when that takes more than 40 s */
  async nextRound(): Promise<void> {
    const wanted = this.#rounds + 2;
    await waitFor({ subject: "a bystander's round", limitMs: 40_000, intervalMs: 20 }, () => {
      if (this.#rounds < wanted) throw new Error(this.failures.join("; "));
      return true;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#asking;
  }
}
