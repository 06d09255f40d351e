import type { Windows } from "./windows";

/** A session that lives: all that is kept of it, however often it is asked. Times are milliseconds of the run's clock. */
export interface PinnedSession {
  readonly id: string;
  readonly index: number;
  /** Its pin may have run out from then on; it is not asked any more. */
  readonly pinnedUntil: number;
  /** What it is pinned to. */
  model: string;
  /** False: it was begun while Redis was out of reach, so that the next answer after the recovery shows its pin. */
  settled: boolean;
  /** The latest request that was answered with `model` was sent then. */
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

/** An answer with a model. */
export interface Answered {
  readonly model: string;
  readonly sentAt: number;
  readonly answeredAt: number;
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
 * Judges a session's answers as those of a *write-once register with a lifetime*, as verify/register does, in constant
 * memory. That is possible because its requests are one after another: after the first answer there is a pin until
 * `pinnedUntil`, and everybody who asks must find it. A request without an answer writes nothing as long as there is a
 * pin to be found. A session whose first request was not answered is given up, and so is one that is not settled when a
 * request of it is not: nobody knows what that wrote.
 */
export function judgeAnswer(session: PinnedSession, { model, sentAt, answeredAt }: Answered, windows: Windows): AnswerVerdict {
  if (answeredAt >= session.pinnedUntil) return "unjudged";
  const isOutage = windows.outage(sentAt, answeredAt);
  if (!session.settled && !isOutage) {
    session.settled = true;
    session.model = model;
  }
  if (model === session.model) {
    session.confirmedAt = sentAt;
    return "held";
  }
  if (isOutage) return "inside";
  session.violated = true;
  if (session.strayed || !windows.outage(session.confirmedAt, sentAt)) {
    session.strayed = true;
    return "outside";
  }
  session.model = model;
  session.confirmedAt = sentAt;
  return "lost";
}
