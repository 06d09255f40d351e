import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { lock } from "proper-lockfile";
import { waitFor } from "../../lib/wait";

/** How long another run may hold a lock before we give up, in milliseconds: the longest build, thrice. */
const lockLimitMs = 30 * 60_000;

/**
 * Runs `work` while no other process runs its own under the same folder, which need not be there. A lock whose holder
 * died is taken over after ten seconds.
 *
 * @param work gets a signal that aborts with `signal`, and when the lock is lost: somebody removed it, or took it over
 * while this machine slept
 */
export async function underLock<T>(
  folder: string,
  detail: (text: string) => void,
  work: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  await mkdir(dirname(folder), { recursive: true });
  const lost = new AbortController();
  const release = await waitFor({ subject: `the lock on ${folder}`, limitMs: lockLimitMs, intervalMs: 250, signal }, async () => {
    const taken = await takeLock(folder, (error) => lost.abort(error));
    if (taken === undefined) detail("waiting for another run that is at it");
    return taken;
  });
  if (release instanceof Error) throw release;
  try {
    return await work(signal === undefined ? lost.signal : AbortSignal.any([signal, lost.signal]));
  } catch (error) {
    // Without the folder the work may fail before the lock is missed.
    if (signal?.aborted !== true && (lost.signal.aborted || !existsSync(`${folder}.lock`)))
      throw new Error(`${folder} was removed or changed while this run was at it; run again`, { cause: error });
    throw error;
  } finally {
    await release();
  }
}

/** The lock's release; `undefined` while another has it; an error that waiting does not mend, such as a full disk. */
async function takeLock(folder: string, onLost: (error: Error) => void): Promise<(() => Promise<void>) | Error | undefined> {
  try {
    const release = await lock(folder, { stale: 10_000, update: 2_000, realpath: false, onCompromised: onLost });
    return () => release().catch(unlessLost);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ELOCKED") return undefined;
    return error as Error;
  }
}

/** A lock that was lost is not there to be given back. */
function unlessLost(error: NodeJS.ErrnoException): void {
  if (error.code !== "ERELEASED" && error.code !== "ENOTACQUIRED") throw error;
}
