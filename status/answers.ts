import { connectionProblem } from "../verify/common/connection-problem";
import { TooLate, within } from "../verify/common/within";

/** Limit of one answer, in milliseconds. */
const limitMs = 5_000;

/**
 * Asks a page as a browser would; whatever status it has, something is there.
 * @returns why nothing answers, where that is so
 */
export async function silence(url: string, signal: AbortSignal, ms = limitMs): Promise<string | undefined> {
  try {
    const answer = await within(ms, signal, (either) => fetch(url, { signal: either, redirect: "manual" }));
    await answer.body?.cancel();
    return undefined;
  } catch (error) {
    if (error instanceof TooLate) return `no answer within ${ms / 1000} s`;
    return connectionProblem(error instanceof Error ? (error.cause ?? error) : error);
  }
}
