import { Counter, Registry } from "prom-client";

const outcomes = ["hit", "miss", "store"] as const;

/** What `/metrics` shows, under the names of Plano 0.4.27. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #cacheEvents = new Counter({
    name: "brightstaff_session_cache_events_total",
    help: "Look-ups and stores of session pins, by outcome.",
    labelNames: ["outcome"] as const,
    registers: [this.#registry],
  });

  constructor() {
    for (const outcome of outcomes) this.#cacheEvents.inc({ outcome }, 0);
  }

  cacheEvent(outcome: (typeof outcomes)[number]): void {
    this.#cacheEvents.inc({ outcome });
  }

  /** The whole page, in Prometheus' text format. */
  async page(): Promise<{ contentType: string; text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }
}
