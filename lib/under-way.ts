/**
 * What is under way, to be called off together. Not a Set, nor a listener each on a signal: those that are gone still point
 * to later ones, so that whatever outlived one quick collection of garbage keeps all that came after it until the next full
 * one. A run of the verifier makes hundreds of thousands.
 */
export class UnderWay<T> {
  readonly #items: T[] = [];

  add(item: T): void {
    this.#items.push(item);
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  delete(item: T): void {
    const at = this.#items.indexOf(item);
    if (at >= 0) this.#items.splice(at, 1);
  }

  /** All at this moment, whatever is added or deleted meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.#items].values();
  }
}
