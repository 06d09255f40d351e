import { chat, describeError, prompts } from "./attacks/chat";

/** A load that is there until it is disposed of: as many requests at once as asked, each after the answer to the last. */
export class Load implements AsyncDisposable {
  /** Requests that were answered with 200. */
  answered = 0;
  /** What went wrong, by its text. */
  readonly failures = new Map<string, number>();
  readonly #workers: Promise<void>[];
  #stopped = false;

  /** @param url the gateway's */
  constructor(
    private readonly url: string,
    concurrency: number,
  ) {
    this.#workers = Array.from({ length: concurrency }, (_, index) => this.#work(`load-${index}`));
  }

  async #work(session: string): Promise<void> {
    while (!this.#stopped) {
      try {
        // A connection stays on one replica: one per request spreads the load over those that are added.
        await chat(this.url, prompts.sum, session, { fresh: true, limitMs: 30_000 });
        this.answered++;
      } catch (error) {
        const text = describeError(error);
        this.failures.set(text, (this.failures.get(text) ?? 0) + 1);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
  }
}
