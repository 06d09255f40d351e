import type { Metrics } from "./metrics";
import type { GatewayParts } from "./parts";
import type { Pin, Session } from "./pin";

/** Finds and keeps the pins of sessions. */
export class Affinity {
  /**
   * @param atomicFirstRequest lets the first of concurrent first requests win. Plano 0.4.27 does not:
   *   each routes for itself and the last to write wins
   */
  constructor(
    private readonly parts: GatewayParts,
    private readonly metrics: Metrics,
    private readonly atomicFirstRequest: boolean,
  ) {}

  async find(session: Session): Promise<Pin | undefined> {
    const pin = await this.#read(session);
    this.metrics.cacheEvent(pin === undefined ? "miss" : "hit");
    return pin;
  }

  /**
   * Keeps a decision.
   *
   * @param requestedModel the model that the client asked for
   * @returns the pin that holds from now on: the given one, or with `atomicFirstRequest` that of whoever came first
   */
  async keep(session: Session, pin: Pin, requestedModel: string): Promise<Pin> {
    const { store, key, encode, ttlSeconds } = this.parts;
    this.metrics.cacheEvent("store");
    const value = encode(pin, requestedModel);
    if (!this.atomicFirstRequest || ttlSeconds === undefined) {
      await store.put(key(session), value, ttlSeconds);
      return pin;
    }
    const first = await store.putIfAbsent(key(session), value, ttlSeconds);
    return first ? pin : ((await this.#read(session)) ?? pin);
  }

  async #read(session: Session): Promise<Pin | undefined> {
    const value = await this.parts.store.get(this.parts.key(session));
    return value === undefined ? undefined : this.parts.decode(value);
  }
}
