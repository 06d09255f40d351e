/** Some work took longer than it may. */
export class TooLate extends Error {
  override readonly name = "TooLate";
}

/**
 * Gives work a limit of `ms` milliseconds, beside the signal that calls it off. Not `AbortSignal.any` with
 * `AbortSignal.timeout`: Node.js 20 may collect such a timeout as garbage, and the work then never ends.
 * @throws TooLate when the work ended because of the limit
 */
export async function within<T>(ms: number, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const either = new AbortController();
  const onAbort = (): void => either.abort(signal.reason);
  const limit = setTimeout(() => either.abort(new TooLate(`not done within ${ms} ms`)), ms);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await work(either.signal);
  } catch (error) {
    throw either.signal.reason instanceof TooLate ? either.signal.reason : error;
  } finally {
    clearTimeout(limit);
    signal.removeEventListener("abort", onAbort);
  }
}
