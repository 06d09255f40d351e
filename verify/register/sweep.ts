import type { AnsweredEvent, Lifetime, RegisterEvent } from "./event";

/** A reader's answer that was no pin's at the time. */
export interface Unsourced {
  readonly event: AnsweredEvent;
  readonly possible: readonly string[];
  /** When its answer's pin must have run out; undefined when there was none. */
  readonly ranOutAt: number | undefined;
}

export interface Sweep {
  readonly events: readonly RegisterEvent[];
  /** When answered requests can have written, by `from`. */
  readonly windows: readonly Window[];
  /** From when on each unanswered request can have written, ascending. */
  readonly wild: readonly number[];
  readonly unsourced: readonly Unsourced[];
}

/**
 * Pure: follows a history in time. What is known at any moment is until when a pin must be there: a replica that
 * answered a model had found or written its pin, which cannot be older than the first request that may have written that model,
 * and so lives at least that long. A request that is sent and answered within that time cannot have written.
 *
 * Events at the very same time are taken for concurrent. O(n log n), for a number of models that does not grow.
 */
export function sweep(history: readonly RegisterEvent[], lifetime: Lifetime): Sweep {
  const byAnswer = history.filter(isAnswered).sort((a, b) => a.returnedAt - b.returnedAt);
  const sweeper = new Sweeper(lifetime);
  const events = [...history].sort((a, b) => a.invokedAt - b.invokedAt);
  let answers = 0;
  for (const event of events) {
    for (; answers < byAnswer.length; answers++) {
      const earlier = byAnswer[answers];
      if (earlier === undefined || earlier.returnedAt >= event.invokedAt) break;
      sweeper.answer(earlier);
    }
    sweeper.request(event);
  }
  for (const event of byAnswer.slice(answers)) sweeper.answer(event);
  const { windows, wild, unsourced } = sweeper;
  return { events, windows, wild, unsourced };
}

export function isAnswered(event: RegisterEvent): event is AnsweredEvent {
  return event.model !== undefined;
}

class Sweeper {
  readonly windows: Window[] = [];
  readonly wild: number[] = [];
  readonly unsourced: Unsourced[] = [];
  readonly #least: number;
  readonly #most: number;
  readonly #writes = new PossibleWrites();
  readonly #answered = new Set<string>();
  /** From the answers so far until then, a pin must be there. */
  #presentUntil = -Infinity;

  constructor({ lifetimeMs, toleranceMs = 0 }: Lifetime) {
    this.#least = lifetimeMs - toleranceMs;
    this.#most = lifetimeMs + toleranceMs;
  }

  request(event: RegisterEvent): void {
    const from = Math.max(event.invokedAt, this.#presentUntil);
    if (!isAnswered(event)) {
      this.wild.push(from);
      return;
    }
    const { model, routed, returnedAt } = event;
    // A pin must be there, or routing would have chosen another model: it has found a pin.
    if (returnedAt < this.#presentUntil || (routed !== undefined && routed !== model && this.#answered.has(model))) return;
    const window = { event, from, to: returnedAt };
    this.windows.push(window);
    this.#writes.add(window);
  }

  answer(event: AnsweredEvent): void {
    const { model, invokedAt, returnedAt } = event;
    let since = this.#source(event);
    if (since === undefined) {
      const alive = invokedAt - this.#most;
      const latest = this.#writes.latest(model);
      const ranOutAt = latest === undefined || latest >= alive ? undefined : latest + this.#most;
      this.unsourced.push({ event, possible: this.#writes.models(alive, returnedAt), ranOutAt });
      // It is accused once; from here on it counts as a pin, so that those who agree with it are left alone.
      this.#writes.add({ event, from: invokedAt, to: returnedAt });
      since = invokedAt;
    }
    this.#answered.add(model);
    this.#presentUntil = Math.max(this.#presentUntil, since + this.#least);
  }

  /** The earliest time at which the pin can have been written that the answer shows; undefined when there is none. */
  #source({ model, invokedAt, returnedAt }: AnsweredEvent): number | undefined {
    const written = this.#writes.earliest(model, invokedAt - this.#most, returnedAt)?.from ?? Infinity;
    const earliest = Math.min(written, this.#wildFrom <= returnedAt ? this.#wildFrom : Infinity);
    return earliest === Infinity ? undefined : earliest;
  }

  get #wildFrom(): number {
    return this.wild[0] ?? Infinity;
  }
}

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
class PossibleWrites {
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
