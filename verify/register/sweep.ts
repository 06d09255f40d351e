import type { AnsweredEvent, Lifetime, RegisterEvent } from "./event";
import { PossibleWrites, type Window } from "./possible-writes";

/**
 * What an event can have been:
 * - `first`: it may have found no pin and written one, and no pin of earlier requests can have been left
 * - `either`: it may have found a pin of earlier requests, or have found that run out and written one
 * - `reader`: it must have found a pin
 * - `unanswered`: it may write anything at any later time, or nothing
 */
export type Role = "first" | "either" | "reader" | "unanswered";

/** A reader's answer that was no pin's at the time. */
export interface Unsourced {
  readonly event: AnsweredEvent;
  /** The models that it could have found. */
  readonly possible: readonly string[];
  /** When its answer's pin must have run out; undefined when there was none. */
  readonly ranOutAt: number | undefined;
}

export interface Sweep {
  /** All events by the time of their request. */
  readonly events: readonly { readonly event: RegisterEvent; readonly role: Role }[];
  /** When answered requests can have written, by `from`. */
  readonly windows: readonly Window[];
  /** From when on each unanswered request can have written, ascending. */
  readonly wild: readonly number[];
  /** By the time of the answer. */
  readonly unsourced: readonly Unsourced[];
}

/**
 * Pure: follows a history in time. What is known at any moment is until when a pin must be there: whoever answered a
 * model had found or written its pin, which cannot be older than the first request that may have written that model,
 * and so lives at least that long. Whoever asks and is answered within that time cannot have written.
 *
 * Events at the very same time are taken for concurrent. O(n log n), for a number of models that does not grow.
 */
export function sweep(history: readonly RegisterEvent[], lifetime: Lifetime): Sweep {
  const byAnswer = history.filter(isAnswered).sort((a, b) => a.returnedAt - b.returnedAt);
  const sweeper = new Sweeper(lifetime);
  const events: { event: RegisterEvent; role: Role }[] = [];
  let answers = 0;
  for (const event of [...history].sort((a, b) => a.invokedAt - b.invokedAt)) {
    for (; answers < byAnswer.length; answers++) {
      const earlier = byAnswer[answers];
      if (earlier === undefined || earlier.returnedAt >= event.invokedAt) break;
      sweeper.answer(earlier);
    }
    events.push({ event, role: sweeper.request(event) });
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
  readonly #writers = new Set<RegisterEvent>();
  readonly #answered = new Set<string>();
  /** From the answers so far until then, a pin must be there. */
  #presentUntil = -Infinity;
  /** The pins of requests that have been answered may be there until then. */
  #possibleUntil = -Infinity;

  constructor({ lifetimeMs, toleranceMs = 0 }: Lifetime) {
    this.#least = lifetimeMs - toleranceMs;
    this.#most = lifetimeMs + toleranceMs;
  }

  /** To be called when all earlier answers are known. */
  request(event: RegisterEvent): Role {
    const from = Math.max(event.invokedAt, this.#presentUntil);
    if (!isAnswered(event)) {
      this.wild.push(from);
      return "unanswered";
    }
    const { model, routed, invokedAt, returnedAt } = event;
    if (returnedAt < this.#presentUntil) return "reader";
    // Routing would have chosen another model, so that the earlier answer has come from a pin.
    if (routed !== undefined && routed !== model && this.#answered.has(model)) return "reader";
    const window = { event, from, to: returnedAt };
    this.windows.push(window);
    this.#writes.add(window);
    this.#writers.add(event);
    if (this.#possibleUntil >= invokedAt) return "either";
    return this.#answered.size > 0 && this.#wildFrom <= returnedAt ? "either" : "first";
  }

  /** To be called when all requests until then are known. */
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
    if (this.#writers.has(event)) this.#possibleUntil = Math.max(this.#possibleUntil, returnedAt + this.#most);
  }

  /** The earliest time at which the pin can have been written that the answer shows; undefined when there is none. */
  #source({ model, invokedAt, returnedAt }: AnsweredEvent): number | undefined {
    const written = this.#writes.earliest(model, invokedAt - this.#most, returnedAt)?.from ?? Infinity;
    const earliest = Math.min(written, this.#wildFrom <= returnedAt ? this.#wildFrom : Infinity);
    return earliest === Infinity ? undefined : earliest;
  }

  /** From when on an unanswered request can have written. */
  get #wildFrom(): number {
    return this.wild[0] ?? Infinity;
  }
}
