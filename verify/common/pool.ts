/** Runs `work` for the numbers from 0 to below `count`, at most `limit` at a time and in order, until it is aborted. */
export async function countConcurrently(
  count: number,
  limit: number,
  signal: AbortSignal,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count && !signal.aborted) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(limit, count) }, worker));
}

/** {@link countConcurrently} over a list. */
export function forEachConcurrently<T>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  return countConcurrently(items.length, limit, signal, (index) => work(items[index] as T));
}
