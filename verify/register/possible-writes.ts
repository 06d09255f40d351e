import type { AnsweredEvent } from "./event";

/** The time in which an answered request can have written its answer as a pin. Milliseconds. */
export interface Window {
  readonly event: AnsweredEvent;
  readonly from: number;
  readonly to: number;
}

/** Windows of one model, by `from`, and beside each the latest `to` up to it, so that both can be searched. */
interface Writes {
  readonly windows: Window[];
  readonly latestTo: number[];
}

/** Finds the requests that may have written what was read. Windows are added in the order of `from`. */
export class PossibleWrites {
  readonly #byModel = new Map<string, Writes>();

  add(window: Window): void {
    const { model } = window.event;
    const writes = this.#byModel.get(model) ?? { windows: [], latestTo: [] };
    this.#byModel.set(model, writes);
    writes.windows.push(window);
    writes.latestTo.push(Math.max(writes.latestTo.at(-1) ?? window.to, window.to));
  }

  /** The earliest window that is open at `notBefore` or later and opens at `notAfter` or earlier. O(log n). */
  earliest(model: string, notBefore: number, notAfter: number): Window | undefined {
    const writes = this.#byModel.get(model);
    if (writes === undefined) return undefined;
    const at = firstIndex(writes.latestTo.length, (i) => (writes.latestTo[i] ?? 0) >= notBefore);
    const found = writes.windows[at];
    return found !== undefined && found.from <= notAfter ? found : undefined;
  }

  /** The models that {@link earliest} finds something for. Models are few. */
  models(notBefore: number, notAfter: number): string[] {
    return [...this.#byModel.keys()].filter((model) => this.earliest(model, notBefore, notAfter) !== undefined);
  }

  /** When the model can have been written last; undefined when it never was. */
  latest(model: string): number | undefined {
    return this.#byModel.get(model)?.latestTo.at(-1);
  }
}

/** The least index from 0 to below `length` that fits, or `length`; everything after one that fits must fit too. */
export function firstIndex(length: number, fits: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (fits(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
