import { waitFor, WaitTimeout } from "../../lib/wait";
import { Unmeasurable } from "../common/errors";
import type { RunContext } from "../run/context";

/** Something did not come about in time. */
export class TimedOut extends Unmeasurable {
  constructor(
    message: string,
    readonly lastSeen: string,
  ) {
    super(message);
  }
}

/**
 * Looks again and again, as long as the look throws Unmeasurable, whose message is what was seen in place of what is waited
 * for. One that is under way when the limit passes is not waited for.
 * @param subject as a clause: `all replicas are ready`
 * @throws TimedOut naming the subject, the limit and what was last seen
 * @throws Unmeasurable "interrupted" as soon as the signal is aborted, and whatever else a look throws
 */
export async function waitUntil<T>(
  { run: { signal }, limits: { intervalMs } }: { run: Pick<RunContext, "signal">; limits: { intervalMs: number } },
  subject: string,
  limitMs: number,
  look: () => Promise<T>,
): Promise<T> {
  const isFinal = (error: unknown): boolean => !(error instanceof Unmeasurable);
  try {
    return await waitFor({ subject, limitMs, intervalMs, signal, isFinal }, look);
  } catch (error) {
    if (signal.aborted) throw new Unmeasurable("interrupted");
    if (!(error instanceof WaitTimeout)) throw error;
    throw new TimedOut(`waited ${limitMs / 1000} s until ${subject}; last seen: ${error.lastSeen}`, error.lastSeen);
  }
}

/**
 * Does some work over and over, until it is disposed of or the signal is aborted.
 * @param work says how many milliseconds to sleep after it
 */
export function repeat({ clock, signal }: Pick<RunContext, "clock" | "signal">, work: () => Promise<number>): AsyncDisposable {
  const end = new AbortController();
  const until = AbortSignal.any([signal, end.signal]);
  const repeating = (async () => {
    while (!until.aborted) await clock.sleep(await work(), until);
  })();
  return {
    async [Symbol.asyncDispose]() {
      end.abort();
      await repeating;
    },
  };
}
