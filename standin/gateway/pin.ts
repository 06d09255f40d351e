/** A routing decision that a session keeps. */
export interface Pin {
  readonly modelName: string;
  /** Null where no route fitted and the request's own model was taken. */
  readonly routeName: string | null;
}

/** The owner of a request. Both fields are header values, one character a byte. */
export interface Session {
  readonly id: string;
  readonly tenant?: string;
}

/** Where pins live. A store that is out of reach behaves as if it were empty, like that of Plano 0.4.27. */
export interface PinStore {
  get(key: string): Promise<string | undefined>;
  /** @param ttlSeconds lifetime; undefined: for ever */
  put(key: string, value: string, ttlSeconds: number | undefined): Promise<void>;
}

/** `plano:affinity:<session>` or `plano:affinity:<tenant>:<session>` (Plano 0.4.27). */
export function pinKey({ id, tenant }: Session): string {
  return tenant === undefined ? `plano:affinity:${id}` : `plano:affinity:${tenant}:${id}`;
}

/** `{"model_name":"openai/gpt-5.2","route_name":"deep_reasoning"}` (Plano 0.4.27). */
export function encodePin({ modelName, routeName }: Pin): string {
  return JSON.stringify({ model_name: modelName, route_name: routeName });
}

/** @returns undefined for a value that names no model; Plano 0.4.27 treats it as if the key did not exist */
export function decodePin(value: string): Pin | undefined {
  try {
    const { model_name, route_name } = JSON.parse(value) as { model_name?: unknown; route_name?: unknown };
    if (typeof model_name !== "string") return undefined;
    return { modelName: model_name, routeName: typeof route_name === "string" ? route_name : null };
  } catch {
    return undefined;
  }
}

/** Pins in this process alone, like Plano with `session_cache.type: memory`. The oldest goes when it is full. */
export class MemoryPinStore implements PinStore {
  readonly #entries = new Map<string, { readonly value: string; readonly expiresAt: number }>();

  constructor(
    /** Default: that of Plano 0.4.27. */
    private readonly maxEntries = 10_000,
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
