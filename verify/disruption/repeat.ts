import type { RunContext } from "../run/context";

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
