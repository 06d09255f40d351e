import type { PinnedSession } from "./pinned-session";
import { oneOf, type Random } from "./random";

/** As often is another session looked for where one is being asked just now. */
const tries = 8;

/** The sessions that live, each until its pin may have run out. Everything takes constant time. */
export class LiveSessions {
  readonly #all: PinnedSession[] = [];
  readonly #places = new Map<PinnedSession, number>();
  /** By the end of their lives, as all live equally long; those before `#next` have ended. */
  #queue: PinnedSession[] = [];
  #next = 0;
  /** Most that have lived at the same time. */
  peak = 0;
  /** Fewest that have lived since as many did as were wanted, by the counts of `note`; undefined: they never did. */
  least: number | undefined;

  get size(): number {
    return this.#all.length;
  }

  add(session: PinnedSession): void {
    this.#places.set(session, this.#all.length);
    this.#all.push(session);
    this.#queue.push(session);
    this.peak = Math.max(this.peak, this.#all.length);
  }

  /**
   * Takes note of how many live.
   * @param beginning sessions whose first request is under way
   */
  note(wanted: number, beginning: number): void {
    if (this.least === undefined && this.size < wanted) return;
    this.least = Math.min(this.least ?? Infinity, this.size + beginning);
  }

  /** One of those that are not being asked; undefined when none was found. */
  pick(random: Random): PinnedSession | undefined {
    for (let n = 0; n < tries; n++) {
      const session = oneOf(this.#all, random);
      if (session?.busy === false) return session;
    }
    return undefined;
  }

  /** Lets those go whose pins may have run out. */
  expire(now: number): void {
    for (; this.#next < this.#queue.length; this.#next++) {
      const session = this.#queue[this.#next] as PinnedSession;
      if (session.pinnedUntil > now) break;
      this.remove(session);
    }
    if (this.#next < 1_000) return;
    this.#queue = this.#queue.slice(this.#next);
    this.#next = 0;
  }

  /** Gives one up before its time. */
  remove(session: PinnedSession): void {
    const place = this.#places.get(session);
    if (place === undefined) return;
    const last = this.#all.pop();
    this.#places.delete(session);
    if (last === undefined || last === session) return;
    this.#all[place] = last;
    this.#places.set(last, place);
  }
}
