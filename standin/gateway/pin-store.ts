/** Where pins live. A store that is out of reach behaves as if it were empty, as Plano 0.4.27's does. */
export interface PinStore {
  get(key: string): Promise<string | undefined>;
  /** @param ttlSeconds lifetime; `undefined` for ever */
  put(key: string, value: string, ttlSeconds: number | undefined): Promise<void>;
  /** Stores unless the key exists; `false` when it did. */
  putIfAbsent(key: string, value: string, ttlSeconds: number): Promise<boolean>;
}
