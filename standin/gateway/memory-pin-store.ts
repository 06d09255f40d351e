import { createHash } from "node:crypto";
import type { PinStore } from "./pin";

/** Longest key that is kept as it is. */
const MAX_KEY_LENGTH = 256;

/** Pins in this process alone, like Plano with `session_cache.type: memory`. The oldest goes when it is full. */
export class MemoryPinStore implements PinStore {
  readonly #entries = new Map<string, { readonly value: string; readonly expiresAt: number }>();

  constructor(
    private readonly maxEntries: number,
    private readonly now: () => number = Date.now,
  ) {}

  async get(key: string): Promise<string | undefined> {
    const entry = this.#entries.get(entryKey(key));
    if (entry === undefined) return undefined;
    if (entry.expiresAt > this.now()) return entry.value;
    this.#entries.delete(entryKey(key));
    return undefined;
  }

  async put(key: string, value: string, ttlSeconds: number | undefined): Promise<void> {
    this.#entries.delete(entryKey(key));
    const oldest = this.#entries.keys().next();
    if (this.#entries.size >= this.maxEntries && !oldest.done) this.#entries.delete(oldest.value);
    this.#entries.set(entryKey(key), { value, expiresAt: this.now() + (ttlSeconds ?? Infinity) * 1000 });
  }
}

/** Keys are short, so that 10,000 sessions with ids of 16 KiB do not fill the memory; a long one becomes its digest. */
const entryKey = (key: string): string =>
  key.length > MAX_KEY_LENGTH ? createHash("sha256").update(key, "latin1").digest("base64") : key;
