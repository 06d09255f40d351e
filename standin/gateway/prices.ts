import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../log";

/** Where model prices come from. */
export interface PriceSource {
  /** Answers in the form of https://models.dev/api.json. */
  readonly url: string;
  /** Seconds between two looks; undefined: one look, at the start. */
  readonly refreshSeconds?: number;
}

/** Prices of one model, in dollars per million tokens. */
export interface Rates {
  readonly input: number;
  /** Of tokens that the provider has in its cache. */
  readonly cached: number;
}

/** Price of cached tokens as a part of the full price, where the list does not say (Plano 0.4.36). */
const cachedPart = 0.1;

const fetchLimitMs = 5_000;

/** Form of the list: providers, each with models and what they cost. */
type Providers = Record<string, { models?: Record<string, { cost?: { input?: number; output?: number; cache_read?: number } }> }>;

/** Model prices as Plano 0.4.29 to 0.4.36 keep them: a look that fails leaves no price at all. */
export class Prices implements AsyncDisposable {
  readonly #ended = new AbortController();
  readonly #source: PriceSource;
  readonly #log: Log;
  #rates: ReadonlyMap<string, Rates> = new Map();

  private constructor(source: PriceSource, log: Log) {
    this.#source = source;
    this.#log = log;
  }

  /** Resolves after the first look, whatever came of it. */
  static async start(source: PriceSource, log: Log): Promise<Prices> {
    const prices = new Prices(source, log);
    await prices.#look();
    if (source.refreshSeconds !== undefined) void prices.#refresh(source.refreshSeconds * 1_000);
    return prices;
  }

  /** @param model with its provider: `openai/gpt-5.2` */
  of(model: string): Rates | undefined {
    return this.#rates.get(model);
  }

  async #refresh(intervalMs: number): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await delay(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await this.#look();
    }
  }

  async #look(): Promise<void> {
    const { url } = this.#source;
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(fetchLimitMs) });
      this.#rates = readRates((await response.json()) as Providers);
      this.#log.info("prices_fetched", { url, models: this.#rates.size });
    } catch (error) {
      this.#rates = new Map();
      this.#log.warn("prices_not_fetched", { url, reason: error instanceof Error ? error.message : String(error) });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
  }
}

function readRates(providers: Providers): Map<string, Rates> {
  const rates = new Map<string, Rates>();
  for (const [provider, { models = {} }] of Object.entries(providers)) {
    for (const [name, { cost }] of Object.entries(models)) {
      if (cost?.input === undefined || cost.output === undefined) continue;
      rates.set(`${provider}/${name}`, { input: cost.input, cached: cost.cache_read ?? cost.input * cachedPart });
    }
  }
  return rates;
}
