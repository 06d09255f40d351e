import { once } from "node:events";

/** How long an answer is waited for, in milliseconds. */
export const ANSWER_LIMIT_MS = 40_000;

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export async function within<T>(promise: Promise<T>, what: string, limitMs = ANSWER_LIMIT_MS): Promise<T> {
  const limit = new AbortController();
  const late = once(AbortSignal.any([limit.signal, AbortSignal.timeout(limitMs)]), "abort").then(() => {
    throw new Error(`waited ${limitMs / 1_000} s for ${what}`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    limit.abort();
  }
}
