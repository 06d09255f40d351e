/** Runs `work` over all items, at most `limit` at a time, in order of the items; stops taking new ones once aborted. */
export function forEachConcurrently<T>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  return countConcurrently(items.length, limit, signal, (index) => work(items[index] as T, index));
}

/** {@link forEachConcurrently} over the numbers from 0 to below `count`. */
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
