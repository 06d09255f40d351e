import type { Clock } from "../common/clock";
import { Unmeasurable } from "../common/errors";

/** Something did not come about in time. */
export class TimedOut extends Unmeasurable {
  constructor(
    /** What was waited for, as a clause: `all replicas are ready`. */
    readonly subject: string,
    readonly limitMs: number,
    readonly lastSeen: string,
  ) {
    super(`waited ${limitMs / 1000} s until ${subject}; last seen: ${lastSeen}`);
  }
}

/** One look: what was waited for, or what is in its way. */
export type Seen<T> = { readonly done: T } | { readonly seen: string };

export interface WaitTerms {
  readonly limitMs: number;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Looks again and again until it is done. A look that is under way when the limit passes is not waited for.
 * @throws TimedOut naming the subject, the limit and what was last seen
 * @throws Unmeasurable "interrupted" as soon as the signal is aborted, and whatever a look throws
 */
export async function waitUntil<T>(subject: string, terms: WaitTerms, look: () => Promise<Seen<T>>): Promise<T> {
  const { limitMs, intervalMs, clock, signal } = terms;
  const limit = new AbortController();
  const either = AbortSignal.any([limit.signal, signal]);
  let lastSeen = "nothing yet";
  const tooLate = (async () => {
    await clock.sleep(limitMs, either);
    limit.abort();
    return undefined;
  })();
  try {
    while (!either.aborted) {
      const looking = look();
      // It may fail after we have stopped waiting.
      looking.catch(() => undefined);
      const result = await Promise.race([looking, tooLate]);
      if (result === undefined) break;
      if ("done" in result) return result.done;
      lastSeen = result.seen;
      await clock.sleep(intervalMs, either);
    }
    if (signal.aborted) throw new Unmeasurable("interrupted");
    throw new TimedOut(subject, limitMs, lastSeen);
  } finally {
    limit.abort();
    await tooLate;
  }
}
