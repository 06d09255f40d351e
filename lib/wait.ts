import { setTimeout as delay } from "node:timers/promises";
import { UnderWay } from "./under-way";

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
  const ending = new AbortController();
  return inTime(
    limitMs,
    signal,
    () => work(ending.signal),
    tooLate,
    (reason) => ending.abort(reason),
  );
}

/**
 * As {@link within}, for work that listens to nothing, of which there may be much: a signal for each would stay in memory
 * until the next full collection of garbage.
 *
 * @param tell is told why the work is left behind
 * @throws as {@link within}
 */
export async function inTime<T>(
  limitMs: number,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
  tooLate: () => Error,
  tell?: (reason: Error) => void,
): Promise<T> {
  signal?.throwIfAborted();
  let end = (_: Error): void => undefined;
  const left = new Promise<never>((_, reject) => {
    end = (reason) => {
      reject(reason);
      tell?.(reason);
    };
  });
  const limit = setTimeout(() => end(tooLate()), limitMs);
  using _listening = signal && onAbort(signal, () => end(signal.reason as Error));
  try {
    return await Promise.race([work(), left]);
  } finally {
    clearTimeout(limit);
  }
}

/** What each signal calls off. */
const underWay = new WeakMap<AbortSignal, UnderWay<() => void>>();

/** The one listener of a signal, whatever waits for it: see {@link UnderWay}. */
const callOff = ({ target }: Event): void => {
  for (const end of underWay.get(target as AbortSignal) ?? []) end();
};

/** Calls `end` when the signal is aborted, until it is disposed of. */
function onAbort(signal: AbortSignal, end: () => void): Disposable {
  const all = underWay.get(signal) ?? new UnderWay();
  underWay.set(signal, all);
  all.add(end);
  signal.addEventListener("abort", callOff);
  return {
    [Symbol.dispose]() {
      all.delete(end);
      if (all.isEmpty) signal.removeEventListener("abort", callOff);
    },
  };
}
