import { setTimeout as delay } from "node:timers/promises";

/** What is waited for, and how long. Times are in milliseconds. */
export interface WaitOptions {
  /** Names what is waited for, as the subject of the error: `containerd's socket`. */
  readonly subject: string;
  readonly limitMs: number;
  /** Time between two looks; default 100. */
  readonly intervalMs?: number;
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal;
  /** Errors of the probe that waiting cannot fix: they end the wait. Default: none does. */
  readonly isFinal?: (error: unknown) => boolean;
}

/** Something did not come about in time. */
export class WaitTimeout extends Error {
  override readonly name = "WaitTimeout";

  constructor(
    readonly subject: string,
    readonly limitMs: number,
    readonly lastSeen: string,
  ) {
    super(`${subject}: not there after ${limitMs / 1000} s (last seen: ${lastSeen})`);
  }
}

/**
 * Looks until `probe` gives something other than `undefined`. A probe that throws counts as not yet. One that hangs is
 * left behind when the limit passes or the signal is aborted; it gets a signal that says so.
 *
 * @throws WaitTimeout with what the probe threw last, the signal's reason, or a final error of the probe
 */
export async function waitFor<T>(
  options: WaitOptions,
  probe: (signal: AbortSignal) => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const { subject, limitMs, intervalMs = 100, isFinal = () => false } = options;
  let lastSeen = "nothing yet";
  const look = async (signal: AbortSignal): Promise<T> => {
    for (;;) {
      try {
        const value = await probe(signal);
        if (value !== undefined) return value;
      } catch (error) {
        if (signal.aborted || isFinal(error)) throw error;
        lastSeen = error instanceof Error ? error.message : String(error);
      }
      await delay(intervalMs, undefined, { signal });
    }
  };
  return within(limitMs, options.signal, look, () => new WaitTimeout(subject, limitMs, lastSeen));
}

/**
 * Gives work a limit of `limitMs` milliseconds, beside the signal that calls it off. Work that does not listen to the
 * signal it gets is not waited for. Not `AbortSignal.any` with `AbortSignal.timeout`: Node.js 20 may collect such a
 * timeout as garbage, and the work then never ends.
 *
 * @throws what `tooLate` makes when the limit passes, the signal's reason when it is aborted, or what `work` throws
 */
export async function within<T>(
  limitMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  tooLate: () => Error,
): Promise<T> {
  signal?.throwIfAborted();
  const ending = new AbortController();
  const onAbort = (): void => ending.abort(signal?.reason);
  const limit = setTimeout(() => ending.abort(tooLate()), limitMs);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await new Promise<T>((resolve, reject) => {
      ending.signal.addEventListener("abort", () => reject(ending.signal.reason as Error), { once: true });
      work(ending.signal).then(resolve, reject);
    });
  } finally {
    clearTimeout(limit);
    signal?.removeEventListener("abort", onAbort);
  }
}
