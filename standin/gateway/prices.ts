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

/**
 * Fetches prices as Plano 0.4.29 to 0.4.36 do: a look that fails leaves none.
 * @param delayMs until the first look, which is not waited for then
 * @returns a model's latest
 */
export async function fetchPrices({ url, refreshSeconds }: PriceSource, log: Log, delayMs: number) {
  let rates: ReadonlyMap<string, Rates> = new Map();
  const look = async (): Promise<void> => {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(fetchLimitMs) });
      rates = readRates((await response.json()) as Providers);
      log.info("prices_fetched", { url, models: rates.size });
    } catch (error) {
      rates = new Map();
      log.warn("prices_not_fetched", { url, reason: error instanceof Error ? error.message : String(error) });
    }
    if (refreshSeconds !== undefined) setTimeout(() => void look(), refreshSeconds * 1_000).unref();
  };
  if (delayMs > 0) setTimeout(() => void look(), delayMs).unref();
  else await look();
  return (model: string): Rates | undefined => rates.get(model);
}

function readRates(providers: Providers): Map<string, Rates> {
  const rates = new Map<string, Rates>();
  for (const [provider, { models = {} }] of Object.entries(providers)) {
    for (const [name, { cost }] of Object.entries(models)) {
      if (cost?.input === undefined || cost.output === undefined) continue;
      const rate = { input: cost.input, cached: cost.cache_read ?? cost.input * cachedPart };
      // By the name alone, too, as Plano 0.4.36 looks for what it does not find otherwise.
      for (const key of [`${provider}/${name}`, name]) if (!rates.has(key)) rates.set(key, rate);
    }
  }
  return rates;
}
