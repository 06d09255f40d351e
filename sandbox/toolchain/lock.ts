import { mkdir } from "node:fs/promises";
import { lock } from "proper-lockfile";
import { waitFor } from "../common/wait";

/** How long another run may hold a lock before we give up, in milliseconds: the longest build, thrice. */
const lockLimitMs = 30 * 60_000;

/**
 * Runs `work` while no other process runs its own under the same folder. A lock whose holder died is taken over
 * after ten seconds.
 */
export async function underLock<T>(folder: string, detail: (text: string) => void, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  await mkdir(folder, { recursive: true });
  const release = await waitFor({ subject: `the lock on ${folder}`, limitMs: lockLimitMs, intervalMs: 250, signal }, async () => {
    try {
      return await lock(folder, { stale: 10_000, update: 2_000 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
      detail("waiting for another run that is at it");
      return undefined;
    }
  });
  try {
    return await work();
  } finally {
    await release();
  }
}
