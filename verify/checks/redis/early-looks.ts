import type { Look } from "../../redis/inspector";

/** The first look at each pin, in columns: a run may have hundreds of thousands, with few different values. */
export class EarlyLooks {
  readonly #pttl: Float64Array;
  readonly #expiresTo: Float64Array;
  /** Number of the value in `#values`, plus one; 0: not looked at. */
  readonly #value: Uint32Array;
  readonly #values: (string | null)[] = [];
  readonly #numbers = new Map<string | null, number>();

  constructor(count: number) {
    this.#pttl = new Float64Array(count);
    this.#expiresTo = new Float64Array(count);
    this.#value = new Uint32Array(count);
  }

  set(index: number, { value, pttl, expiresTo }: Look): void {
    let number = this.#numbers.get(value);
    if (number === undefined) {
      number = this.#values.push(value);
      this.#numbers.set(value, number);
    }
    this.#value[index] = number;
    this.#pttl[index] = pttl;
    this.#expiresTo[index] = expiresTo;
  }

  /** Undefined when the pin was not looked at. */
  get(index: number): Omit<Look, "expiresFrom"> | undefined {
    const number = this.#value[index] ?? 0;
    const value = this.#values[number - 1];
    if (number === 0 || value === undefined) return undefined;
    return { value, pttl: this.#pttl[index] ?? 0, expiresTo: this.#expiresTo[index] ?? 0 };
  }
}
