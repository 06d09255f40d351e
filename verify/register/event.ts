import type { RedisTerms } from "../contracts";
import type { Exchange } from "../history";

/** One request of a session, as the client saw it. Times are milliseconds of one clock that never goes back. */
export interface RegisterEvent {
  readonly invokedAt: number;
  /** Never before `invokedAt`. */
  readonly returnedAt: number;
  readonly replica: string;
  /** The answer; undefined when there was none: whatever the request was to do may still happen, at any later time. */
  readonly model: string | undefined;
  /** The model that unpinned routing gives the prompt; left out where that is not known. */
  readonly routed?: string;
}

export interface AnsweredEvent extends RegisterEvent {
  readonly model: string;
}

export interface Lifetime {
  /** From the moment in which a pin is written, in milliseconds. */
  readonly lifetimeMs: number;
  /** By how much a pin may die earlier or later than that, in milliseconds, for clocks differ. */
  readonly toleranceMs: number;
  /** Each request that finds the pin writes it again. Default false: reads do not extend its life. */
  readonly sliding?: boolean;
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
  /** The answers that show it, by the time of their request. */
  readonly reads: readonly AnsweredEvent[];
}

/** What a history shows. Without violations it may have been a register's; with one it cannot have been. */
export interface RegisterJudgement {
  readonly violations: readonly RegisterViolation[];
  readonly settled: readonly SettledPeriod[];
}

/** What Redis rounds and how late it may look at its clock, in milliseconds. */
const roundingMs = 20;

/** By how much two clocks may run apart: each is slewed by at most 500 ppm, the limit of Linux' adjtimex(2). */
const drift = 0.001;

/** What a gateway's clock of whole seconds cuts off, in milliseconds. */
const wholeSecondMs = 1_000;

/**
 * The life of a pin written with `EX ttlSeconds`, by a client's clock. A clock that is set meanwhile is not allowed for.
 * @param terms of the contract: whether reads prolong it, and how long it holds where the gateway itself counts that
 */
export function pinLifetime(ttlSeconds: number, terms: Pick<RedisTerms, "sliding" | "holdSeconds"> = {}): Lifetime {
  const { sliding = false, holdSeconds = Infinity } = terms;
  const lifetimeMs = Math.min(ttlSeconds, holdSeconds) * 1_000;
  const counted = holdSeconds === Infinity ? 0 : wholeSecondMs;
  return { lifetimeMs, toleranceMs: roundingMs + counted + drift * lifetimeMs, sliding };
}

/** For people: `a pin lives 600 s`. */
export function pinLives({ lifetimeMs, sliding = false }: Lifetime): string {
  return `a pin lives ${duration(lifetimeMs)}${sliding ? " from the latest request" : ""}`;
}

/** Milliseconds for people: `35 ms`, `1.8 s`, `600 s`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  return `${seconds < 100 && !Number.isInteger(seconds) ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

/**
 * The events of one session's exchanges. An attempt that failed before a retry helped may all the same have written,
 * or may yet do so: it is an event of its own, without an answer. A question that was never sent is no event.
 * @param modelOf the model that unpinned routing gives a prompt, where that is known
 */
export function registerEvents(exchanges: readonly Exchange[], modelOf: (prompt: string) => string | undefined): RegisterEvent[] {
  return exchanges.flatMap((exchange): RegisterEvent[] => {
    const { replica, prompt, attempts, sentAt, answeredAt, answer } = exchange;
    const event = { invokedAt: sentAt, returnedAt: answeredAt, replica: replica.name, routed: modelOf(prompt) };
    const answered = answer.kind === "model" ? [{ ...event, model: answer.model }] : [];
    const failed = Array.from({ length: attempts - answered.length }, () => ({ ...event, model: undefined }));
    return [...answered, ...failed];
  });
}
