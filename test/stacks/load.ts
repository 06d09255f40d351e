import http from "node:http";

/** A load that is there until it is disposed of: as many requests at once as asked, each after the answer to the last. */
export class Load implements AsyncDisposable {
  /** Requests that were answered with 200. */
  answered = 0;
  /** What went wrong, by its text. */
  readonly failures = new Map<string, number>();
  readonly #agent: http.Agent;
  readonly #workers: Promise<void>[];
  #stopped = false;

  constructor(
    private readonly url: URL,
    concurrency: number,
  ) {
    // A connection stays on one replica: one per request spreads the load over those that are added.
    this.#agent = new http.Agent({ keepAlive: false, maxSockets: concurrency });
    this.#workers = Array.from({ length: concurrency }, (_, index) => this.#work(`load-${index}`));
  }

  async #work(session: string): Promise<void> {
    while (!this.#stopped) {
      try {
        const status = await this.#ask(session);
        if (status === 200) this.answered++;
        else this.#fail(`HTTP ${status}`);
      } catch (error) {
        this.#fail(error instanceof Error ? error.message : String(error));
      }
    }
  }

  #fail(text: string): void {
    this.failures.set(text, (this.failures.get(text) ?? 0) + 1);
  }

  #ask(session: string): Promise<number> {
    const body = JSON.stringify({ model: "openai/gpt-4o-mini", messages: [{ role: "user", content: "What is 2 and 2?" }] });
    const headers = {
      "content-type": "application/json",
      "x-model-affinity": session,
      "content-length": Buffer.byteLength(body),
    };
    return new Promise((resolve, reject) => {
      const request = http.request(this.url, { method: "POST", agent: this.#agent, headers, timeout: 30_000 }, (response) => {
        response.resume().once("end", () => resolve(response.statusCode ?? 0));
        response.once("error", reject);
      });
      request.once("timeout", () => request.destroy(new Error("no answer within 30 s")));
      request.once("error", reject);
      request.end(body);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
    this.#agent.destroy();
  }
}
