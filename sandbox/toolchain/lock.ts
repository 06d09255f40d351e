import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { lock } from "proper-lockfile";
import { waitFor } from "../common/wait";

/** How long another run may hold a lock before we give up, in milliseconds: the longest build, thrice. */
const lockLimitMs = 30 * 60_000;

/**
 * Runs `work` while no other process runs its own under the same folder, which need not be there. A lock whose holder
 * died is taken over after ten seconds.
 */
export async function underLock<T>(
  folder: string,
  detail: (text: string) => void,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  await mkdir(dirname(folder), { recursive: true });
  const release = await waitFor({ subject: `the lock on ${folder}`, limitMs: lockLimitMs, intervalMs: 250, signal }, async () => {
    const taken = await takeLock(folder);
    if (taken === undefined) detail("waiting for another run that is at it");
    return taken;
  });
  if (release instanceof Error) throw release;
  try {
    return await work();
  } finally {
    await release();
  }
}

/** The lock's release; `undefined` while another has it; an error that waiting does not mend, such as a full disk. */
async function takeLock(folder: string): Promise<(() => Promise<void>) | Error | undefined> {
  try {
    return await lock(folder, { stale: 10_000, update: 2_000, realpath: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ELOCKED") return undefined;
    return error as Error;
  }
}
