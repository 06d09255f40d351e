import { judgeRead } from "../pins";
import type { AnsweredEvent, Lifetime } from "../../register";
import { oneOf, type Random } from "./random";

/** The time of one fault, in milliseconds of the run's clock; what has not come yet is at infinity. */
export interface Window {
  /** Position in the list of faults. */
  readonly fault: number;
  /** Without Redis pins cannot be read: until the recovery, answers are no evidence against them. */
  readonly isOutage: boolean;
  from: number;
  /** Replicas share sessions from then on. */
  recoveredAt: number;
  endedAt: number;
  /** Requests meanwhile; misrouted: answered by another model than the pin's. */
  readonly requests: { sent: number; failed: number; misrouted: number };
}

/** The faults of a run in time, one after another. What reaches into a fault's time belongs to it. */
export class Windows {
  readonly #windows: Window[] = [];

  /** Adds a fault that has not begun. */
  add(isOutage: boolean): Window {
    const times = { from: Infinity, recoveredAt: Infinity, endedAt: Infinity };
    const window = { fault: this.#windows.length, isOutage, ...times, requests: { sent: 0, failed: 0, misrouted: 0 } };
    this.#windows.push(window);
    return window;
  }

  /** The latest fault whose time overlaps the one from `from` to `to`; undefined: it was quiet. */
  during(from: number, to: number): Window | undefined {
    return this.#windows.findLast((it) => it.from <= to && it.endedAt >= from);
  }

  /** Whether Redis was, or may have been, out of reach at some time from `from` to `to`. */
  outage(from: number, to: number): boolean {
    return this.#windows.some((it) => it.isOutage && it.from <= to && it.recoveredAt >= from);
  }
}

/** All that is kept of a session, however often it is asked. Times are milliseconds of the run's clock. */
export interface LiveSession {
  readonly id: string;
  readonly index: number;
  /** Its pin may have run out from then on; it is not asked any more. */
  readonly pinnedUntil: number;
  pin: AnsweredEvent;
  /** False: it was begun while Redis was out of reach; the first answer after the recovery shows its pin. */
  settled: boolean;
  /** The latest request that was answered as pinned was sent then. */
  confirmedAt: number;
  rounds: number;
  /** It is being asked: one request at a time, which gives its answers an order. */
  busy: boolean;
}

/**
 * What an answer says of a pin:
 * - `held`: the model that the session is pinned to
 * - `unjudged`: no evidence, as the pin may have run out
 * - `inside`: another model, while Redis was out of reach or had not been found again
 * - `lost`: another model, for the first time after such a time: the pin did not outlive it
 * - `outside`: another model, and no outage explains it
 */
export type AnswerVerdict = "held" | "unjudged" | "inside" | "lost" | "outside";

/**
 * Judges an answer by what pinned the session. A session's requests come one after another, so nothing else need be kept of
 * them. A request without an answer writes nothing while there is a pin. A session whose first request was not answered is
 * given up, and so is one that is not settled: its pin is unknown. The first answer that is `lost` or `outside` ends a session.
 */
export function judgeAnswer(
  session: LiveSession,
  answer: AnsweredEvent,
  windows: Windows,
  lifetime: Lifetime,
): { readonly verdict: AnswerVerdict; readonly sentence: string } {
  const { invokedAt, returnedAt, model } = answer;
  if (returnedAt >= session.pinnedUntil) return { verdict: "unjudged", sentence: "" };
  if (windows.outage(invokedAt, returnedAt)) {
    return { verdict: model === session.pin.model ? "held" : "inside", sentence: "" };
  }
  if (!session.settled) Object.assign(session, { settled: true, pin: answer });
  const { verdict, summary: sentence } = judgeRead(session.pin, answer, lifetime);
  if (verdict === "fail") return { verdict: windows.outage(session.confirmedAt, invokedAt) ? "lost" : "outside", sentence };
  session.confirmedAt = invokedAt;
  return { verdict: "held", sentence: "" };
}

/** Tries to find a session that is not being asked. */
const tries = 8;

/** The sessions that live, each until its pin may have run out. Nothing that is done often takes longer with more of them. */
export class LiveSessions {
  /** By the end of their lives, as all live equally long. */
  readonly #all: LiveSession[] = [];
  /** Most that have lived at the same time. */
  peak = 0;
  /** When as many lived as were wanted, by the counts of `note`; null: never. */
  allLiveMs: number | null = null;
  /** Fewest that have lived since then, or were being begun. */
  least: number | null = null;

  get size(): number {
    return this.#all.length;
  }

  add(session: LiveSession): void {
    this.#all.push(session);
    this.peak = Math.max(this.peak, this.size);
  }

  /**
   * Takes note of how many live.
   * @param beginning sessions whose first request is under way
   */
  note(wanted: number, beginning: number, elapsedMs: number): void {
    if (this.size >= wanted) this.allLiveMs ??= elapsedMs;
    if (this.allLiveMs !== null) this.least = Math.min(this.least ?? Infinity, this.size + beginning);
  }

  /** One of those that are not being asked; undefined when none was found. */
  pick(random: Random): LiveSession | undefined {
    for (let n = 0; n < tries; n++) {
      const session = oneOf(this.#all, random);
      if (session?.busy === false) return session;
    }
    return undefined;
  }

  /** Removes those whose pins may have run out. */
  expire(now: number): void {
    const living = this.#all.findIndex(({ pinnedUntil }) => pinnedUntil > now);
    this.#all.splice(0, living < 0 ? this.size : living);
  }

  /** Gives a session up, if it still lives. */
  end(session: LiveSession): void {
    const index = this.#all.indexOf(session);
    if (index >= 0) this.#all.splice(index, 1);
  }
}
