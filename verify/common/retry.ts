import type { Clock } from "./clock";

export interface RetryPolicy {
  readonly attempts: number;
  /** The wait before the second attempt, in milliseconds; each later wait is three times as long. */
  readonly firstDelayMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Runs `attempt` until its result need not be tried again, and returns the last result. */
export async function retry<T>(
  attempt: (number: number) => Promise<T>,
  shouldRetry: (result: T) => boolean,
  policy: RetryPolicy,
): Promise<T> {
  let delayMs = policy.firstDelayMs;
  for (let number = 1; ; number++) {
    const result = await attempt(number);
    if (number >= policy.attempts || policy.signal.aborted || !shouldRetry(result)) return result;
    await policy.clock.sleep(delayMs, policy.signal);
    delayMs *= 3;
  }
}
