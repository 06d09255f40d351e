/** One request of a session, as the client saw it. Times are milliseconds of one clock that never goes back. */
export interface RegisterEvent {
  readonly invokedAt: number;
  /** Never before `invokedAt`. */
  readonly returnedAt: number;
  /** Name of the replica that was asked. */
  readonly replica: string;
  /** The answer; undefined when there was none: whatever the request was to do may still happen, at any later time. */
  readonly model: string | undefined;
  /** The model that unpinned routing gives the prompt; left out where that is not known. */
  readonly routed?: string;
}

/** An event whose answer is known. */
export interface AnsweredEvent extends RegisterEvent {
  readonly model: string;
}

/** How long a pin lives. */
export interface Lifetime {
  /** From the moment in which a pin is written, in milliseconds; reads do not extend it. */
  readonly lifetimeMs: number;
  /** By how much a pin may die earlier or later than that, in milliseconds, for clocks differ. Default: 0. */
  readonly toleranceMs?: number;
}

/**
 * - `split`: replicas disagree although no pin can have been written in between
 * - `changed`: the model changed before the pin can have run out
 * - `outlived`: the pin was still served after it must have run out
 * - `invented`: an answer that no pin could have and that routing would not have given
 */
export type ViolationKind = "split" | "changed" | "outlived" | "invented";

/** Something that no legal register can have answered. */
export interface RegisterViolation {
  readonly kind: ViolationKind;
  /** One sentence without the session's id, which is not known here. */
  readonly sentence: string;
  /** The events that show it, the accused one last. */
  readonly events: readonly AnsweredEvent[];
}

/** A time in which no pin can have been written, and in which all answers agreed. */
export interface SettledPeriod {
  readonly model: string;
  /** When the last pin can have been written before it. */
  readonly since: number;
  /** When the next pin can have been written; undefined for the last period. */
  readonly until: number | undefined;
  /** The answers that show it, by the time of their request. */
  readonly reads: readonly AnsweredEvent[];
}

/** An event that could not have broken a rule, whatever was answered, or only some of them. */
export interface Unjudged {
  readonly event: RegisterEvent;
  /** One sentence. */
  readonly why: string;
}

/** What a history shows. Without violations it may have been a register's; with one it cannot have been. */
export interface RegisterJudgement {
  readonly violations: readonly RegisterViolation[];
  readonly settled: readonly SettledPeriod[];
  readonly unjudged: readonly Unjudged[];
}
