import axios from "axios";
import type { Readable } from "node:stream";
import { connectionProblem } from "../../verify/common/connection-problem";

/** Limit of one answer, in milliseconds. */
const limitMs = 5_000;

/**
 * Asks a page as a browser would; whatever status it has, something is there.
 * @returns why nothing answers, where that is so
 */
export async function silence(url: string, signal: AbortSignal, ms = limitMs): Promise<string | undefined> {
  // axios' own limit does not count the time that connecting takes.
  const limit = AbortSignal.timeout(ms);
  try {
    const { data } = await axios.get<Readable>(url, {
      signal: AbortSignal.any([signal, limit]),
      maxRedirects: 0,
      validateStatus: () => true,
      responseType: "stream",
      proxy: false,
    });
    data.destroy();
    return undefined;
  } catch (error) {
    if (limit.aborted) return `no answer within ${ms / 1000} s`;
    return connectionProblem(axios.isAxiosError(error) ? (error.cause ?? error) : error);
  }
}
