import type { AnsweredEvent, Lifetime, RegisterEvent } from "./event";

/** A reader's answer that was no pin's at the time. */
export interface Unsourced {
  readonly event: AnsweredEvent;
  readonly possible: readonly string[];
  /** When its answer's pin must have run out; undefined when there was none. */
  readonly ranOutAt: number | undefined;
}

/** The time in which an answered request can have written its answer as a pin. Milliseconds. */
export interface Window {
  readonly model: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Pure: follows a history in time. What is known at any moment is until when a pin must be there: a replica that
 * answered a model had found or written its pin, which cannot be older than the first request that may have written that model,
 * and so lives at least that long. A request that is sent and answered within that time cannot have written.
 *
 * O(n log n), for a number of models that does not grow.
 */
export function sweep(history: readonly RegisterEvent[], { lifetimeMs, toleranceMs }: Lifetime) {
  /** When answered requests can have written, by `from`. */
  const windows: Window[] = [];
  /** From when on each unanswered request can have written, ascending. */
  const wild: number[] = [];
  const unsourced: Unsourced[] = [];
  const writes = new PossibleWrites();
  const answered = new Set<string>();
  /** From the answers so far until then, a pin must be there. */
  let presentUntil = -Infinity;

  const onRequest = (event: RegisterEvent): void => {
    const from = Math.max(event.invokedAt, presentUntil);
    if (!isAnswered(event)) {
      wild.push(from);
      return;
    }
    const { model, routed, returnedAt } = event;
    // A pin must be there, or routing would have chosen another model: it has found a pin.
    if (returnedAt < presentUntil || (routed !== undefined && routed !== model && answered.has(model))) return;
    const window = { model, from, to: returnedAt };
    windows.push(window);
    writes.add(window);
  };

  const onAnswer = (event: AnsweredEvent): void => {
    const { model, invokedAt, returnedAt } = event;
    // The oldest pin that can still have been there.
    const oldest = invokedAt - lifetimeMs - toleranceMs;
    const written = writes.earliest(model, oldest, returnedAt)?.from ?? Infinity;
    const [wildFrom = Infinity] = wild;
    let since = Math.min(written, wildFrom <= returnedAt ? wildFrom : Infinity);
    if (since === Infinity) {
      const latest = writes.latest(model);
      const ranOutAt = latest === undefined || latest >= oldest ? undefined : latest + lifetimeMs + toleranceMs;
      unsourced.push({ event, possible: writes.models(oldest, returnedAt), ranOutAt });
      // It is accused once; from here on it counts as a pin, so that those who agree with it are left alone.
      writes.add({ model, from: invokedAt, to: returnedAt });
      since = invokedAt;
    }
    answered.add(model);
    presentUntil = Math.max(presentUntil, since + lifetimeMs - toleranceMs);
  };

  for (const moment of momentsOf(history)) {
    if (moment.isAnswer) onAnswer(moment.event);
    else onRequest(moment.event);
  }
  return { windows, wild, unsourced };
}

type Moment<T> = { readonly isAnswer: false; readonly event: T } | { readonly isAnswer: true; readonly event: T & AnsweredEvent };

/** Requests and answers in their order. At the very same time requests come first: the events are taken for concurrent. */
export function momentsOf<T extends RegisterEvent>(history: readonly T[]): Moment<T>[] {
  const moments: (Moment<T> & { readonly at: number })[] = [
    ...history.map((event) => ({ isAnswer: false as const, event, at: event.invokedAt })),
    ...history.filter(isAnswered).map((event) => ({ isAnswer: true as const, event, at: event.returnedAt })),
  ];
  return moments.sort((a, b) => a.at - b.at);
}

export function isAnswered<T extends RegisterEvent>(event: T): event is T & AnsweredEvent {
  return event.model !== undefined;
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
    const { windows, latestTo } = this.#byModel.get(window.model) ?? { windows: [], latestTo: [] };
    this.#byModel.set(window.model, { windows, latestTo });
    windows.push(window);
    latestTo.push(Math.max(latestTo.at(-1) ?? window.to, window.to));
  }

  /** The earliest window that is open at `notBefore` or later and opens at `notAfter` or earlier. O(log n). */
  earliest(model: string, notBefore: number, notAfter: number): Window | undefined {
    const writes = this.#byModel.get(model);
    if (writes === undefined) return undefined;
    const at = firstIndex(writes.latestTo, (to) => to >= notBefore);
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

/** The index of the first item that fits, or the list's length; everything after one that fits must fit too. O(log n). */
export function firstIndex<T>(list: readonly T[], fits: (item: T) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (fits(list[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
