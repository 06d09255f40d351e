import type { PinStore } from "./pin";

/** Pins in this process alone, like Plano with `session_cache.type: memory`. The oldest goes when it is full. */
export class MemoryPinStore implements PinStore {
  readonly #entries = new Map<string, { readonly value: string; readonly expiresAt: number }>();

  constructor(
    private readonly maxEntries: number,
    private readonly now: () => number = Date.now,
  ) {}

  async get(key: string): Promise<string | undefined> {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt > this.now()) return entry?.value;
    this.#entries.delete(key);
    return undefined;
  }

  async put(key: string, value: string, ttlSeconds: number | undefined): Promise<void> {
    this.#entries.delete(key);
    const oldest = this.#entries.keys().next();
    if (this.#entries.size >= this.maxEntries && !oldest.done) this.#entries.delete(oldest.value);
    this.#entries.set(key, { value, expiresAt: this.now() + (ttlSeconds ?? Infinity) * 1000 });
  }
}
