import { judgeRead } from "../judge";
import type { AnsweredEvent, Lifetime } from "../../register";
import type { Random } from "./random";
import type { Windows } from "./windows";

/** A session that lives: all that is kept of it, however often it is asked. Times are milliseconds of the run's clock. */
export interface LiveSession {
  readonly id: string;
  readonly index: number;
  /** Its pin may have run out from then on; it is not asked any more. */
  readonly pinnedUntil: number;
  /** What pinned it. */
  pin: AnsweredEvent;
  /** False: it was begun while Redis was out of reach, so that the next answer after the recovery shows its pin. */
  settled: boolean;
  /** The latest request that was answered as pinned was sent then. */
  confirmedAt: number;
  /** Requests so far. */
  rounds: number;
  /** It is being asked: one request at a time, so that its answers have an order. */
  busy: boolean;
  /** It has answered with a model that it must not have answered with. */
  violated: boolean;
  /** It has done so when no outage explained it, and is held to its first pin ever after. */
  strayed: boolean;
}

/**
 * What an answer says of a pin:
 * - `held`: the model that the session is pinned to
 * - `unjudged`: no evidence, as the pin may have run out
 * - `inside`: another model, while Redis was out of reach or had not been found again
 * - `lost`: another model, for the first time after such a time: the pin did not outlive it
 * - `outside`: another model, and no outage explains it; after an outage also where it was so before
 */
export type AnswerVerdict = "held" | "unjudged" | "inside" | "lost" | "outside";

/**
 * Judges an answer by what pinned the session. A session's requests come one after another, so that nothing else need be
 * kept of them. A request without an answer writes nothing as long as there is a pin to be found; a session whose first
 * request was not answered is given up, and so is one that is not settled: nobody knows what that wrote.
 */
export function judgeAnswer(
  session: LiveSession,
  answer: AnsweredEvent,
  windows: Windows,
  lifetime: Required<Lifetime>,
): { readonly verdict: AnswerVerdict; readonly sentence: string } {
  const { invokedAt, returnedAt, model } = answer;
  if (returnedAt >= session.pinnedUntil) return { verdict: "unjudged", sentence: "" };
  const isOutage = windows.outage(invokedAt, returnedAt);
  if (isOutage) return { verdict: model === session.pin.model ? "held" : "inside", sentence: "" };
  if (!session.settled) Object.assign(session, { settled: true, pin: answer });
  const { verdict, summary: sentence } = judgeRead(session.pin, answer, lifetime);
  if (verdict !== "fail") {
    session.confirmedAt = invokedAt;
    return { verdict: "held", sentence: "" };
  }
  session.violated = true;
  session.strayed ||= !windows.outage(session.confirmedAt, invokedAt);
  if (session.strayed) return { verdict: "outside", sentence };
  Object.assign(session, { pin: answer, confirmedAt: invokedAt });
  return { verdict: "lost", sentence };
}

/** As often is another session looked for where one is being asked just now. */
const tries = 8;

/** The sessions that live, each until its pin may have run out. Everything takes constant time. */
export class LiveSessions {
  /** By the end of their lives, as all live equally long; those before `#first` have ended. */
  #all: LiveSession[] = [];
  #first = 0;
  #expiredUntil = -Infinity;
  readonly #givenUp = new Set<LiveSession>();
  /** Most that have lived at the same time. */
  peak = 0;
  /** When as many lived as were wanted, by the counts of `note`; undefined: never. */
  allLiveAt: number | undefined;
  /** Fewest that have lived since then, or were being begun. */
  least: number | undefined;

  get size(): number {
    return this.#all.length - this.#first - this.#givenUp.size;
  }

  add(session: LiveSession): void {
    this.#all.push(session);
    this.peak = Math.max(this.peak, this.size);
  }

  /**
   * Takes note of how many live.
   * @param beginning sessions whose first request is under way
   */
  note(wanted: number, beginning: number, now: number): void {
    if (this.size >= wanted) this.allLiveAt ??= now;
    if (this.allLiveAt !== undefined) this.least = Math.min(this.least ?? Infinity, this.size + beginning);
  }

  /** One of those that are not being asked; undefined when none was found. */
  pick(random: Random): LiveSession | undefined {
    for (let n = 0; n < tries; n++) {
      const session = this.#all[this.#first + Math.floor(random() * (this.#all.length - this.#first))];
      if (session?.busy === false && !this.#givenUp.has(session)) return session;
    }
    return undefined;
  }

  /** Lets those go whose pins may have run out. */
  expire(now: number): void {
    this.#expiredUntil = now;
    for (; this.#first < this.#all.length; this.#first++) {
      const session = this.#all[this.#first] as LiveSession;
      if (session.pinnedUntil > now) break;
      this.#givenUp.delete(session);
    }
    if (this.#first < 1_000) return;
    this.#all = this.#all.slice(this.#first);
    this.#first = 0;
  }

  /** Is not picked any more. */
  giveUp(session: LiveSession): void {
    if (session.pinnedUntil > this.#expiredUntil) this.#givenUp.add(session);
  }
}
