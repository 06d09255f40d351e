import { Unmeasurable } from "../common/errors";
import type { Stage } from "./stage";
import { repeat } from "./wait";

/** Longest wait for a look that is under way, in milliseconds. */
const limitMs = 10_000;

/**
 * Finds out when Redis serves again. Disposing of it ends that.
 * @param members Redis pods that were ready before the fault: of several only the master serves
 */
export function watchRedis({ disruptable, run, limits, elapsedMs }: Stage, members: number) {
  /** By the stage's time; undefined: not yet. */
  let atMs: number | undefined;
  const serves = async (): Promise<boolean> => {
    try {
      const ready = (await disruptable.redisPods()).filter((pod) => pod.ready);
      if (members < 2) return ready.length > 0;
      const { uid } = await disruptable.redisMaster();
      return ready.some((pod) => pod.uid === uid);
    } catch (error) {
      // The API server may be busy, or no replica has taken over yet: the next look tells.
      if (error instanceof Unmeasurable) return false;
      throw error;
    }
  };
  const looking = repeat(run, async () => {
    if (atMs === undefined && (await serves())) atMs = elapsedMs();
    return limits.intervalMs;
  });
  return {
    ...looking,
    soFar: (): number | undefined => atMs,
    /** The instant, at the latest `recoveredMs`, for replicas cannot share sessions without Redis. Undefined: it was not seen. */
    async atLatest(recoveredMs: number): Promise<number | undefined> {
      const { clock, signal } = run;
      for (const end = clock.now() + limitMs; atMs === undefined && clock.now() < end && !signal.aborted;) {
        await clock.sleep(limits.intervalMs, signal);
      }
      return atMs === undefined ? undefined : Math.min(atMs, recoveredMs);
    },
  };
}
