import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { lock } from "proper-lockfile";
import { waitFor } from "./wait";

/** How long another run may hold a lock before we give up, in milliseconds: three times the longest build. */
const lockLimitMs = 30 * 60_000;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/**
 * Runs `work` while no other process runs its own under the same folder, which need not exist. A lock whose holder
 * died is taken over after ten seconds.
 *
 * @param detail is called while another process holds the lock
 * @param work gets a signal that aborts with `signal`, and when the lock is lost: somebody removed it, or took it over
 * while this machine slept
 * @throws the signal's reason when it is aborted before the lock is ours
 */
export async function underLock<T>(
  folder: string,
  detail: (text: string) => void,
  work: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  await mkdir(dirname(folder), { recursive: true, mode: 0o755 });
  const lost = new AbortController();
  const options = { stale: 10_000, update: 2_000, realpath: false, onCompromised: (error: Error) => lost.abort(error) };
  const wait = {
    subject: `the lock on ${folder}`,
    limitMs: lockLimitMs,
    intervalMs: 250,
    signal,
    isFinal: (error: unknown) => codeOf(error) !== "ELOCKED",
  };
  const release = await waitFor(wait, async (ended) => {
    const taken = await lock(folder, options).catch((error: unknown) => {
      if (codeOf(error) === "ELOCKED") detail("waiting for another run to finish");
      throw error;
    });
    // Nobody waits for it any more.
    if (ended.aborted) await taken();
    return taken;
  });
  try {
    return await work(signal === undefined ? lost.signal : AbortSignal.any([signal, lost.signal]));
  } catch (error) {
    // Without the folder the work may fail before the lock is missed.
    if (signal?.aborted !== true && (lost.signal.aborted || !existsSync(`${folder}.lock`)))
      throw new Error(`${folder} was removed or changed while this run used it; run again`, { cause: error });
    throw error;
  } finally {
    await release().catch((error: unknown) => {
      // A lock that was lost cannot be given back.
      if (codeOf(error) !== "ERELEASED" && codeOf(error) !== "ENOTACQUIRED") throw error;
    });
  }
}
