import { setTimeout as delay } from "node:timers/promises";

/** What is waited for, and how long. Times are in milliseconds. */
export interface WaitOptions {
  /** Names what is waited for, as the subject of the error: `containerd's socket`. */
  readonly subject: string;
  readonly limitMs: number;
  /** Time between two looks; default 100. */
  readonly intervalMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Looks until `probe` gives something other than `undefined`.
 *
 * A probe that throws counts as not yet; what it threw is quoted when the time is up.
 *
 * @throws Error naming the subject, the limit and what was last seen.
 */
export async function waitFor<T>(options: WaitOptions, probe: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const until = performance.now() + options.limitMs;
  let lastSeen = "nothing yet";
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      lastSeen = error instanceof Error ? error.message : String(error);
    }
    if (performance.now() > until) {
      throw new Error(`${options.subject}: not there after ${options.limitMs / 1000} s (last seen: ${lastSeen})`);
    }
    await delay(options.intervalMs ?? 100, undefined, { signal: options.signal });
  }
}
