import { atOnce } from "./at-once";
import { playMutation } from "./play";
import type { Played } from "./page";
import type { Scene } from "./scene";
import { mutations } from "./table";

/** Deployments at the same time: two processes each, and much of a run is waiting for spans. */
const concurrentRuns = 3;

/**
 * Plays the whole table.
 *
 * @param onPlayed is told of each as it is done
 * @returns in the order of the table; without an outcome for what is shown elsewhere
 */
export async function playMutations(
  scene: Scene,
  onPlayed: (played: Played) => void = () => undefined,
  signal?: AbortSignal,
): Promise<Played[]> {
  return atOnce(concurrentRuns, mutations, async (mutation) => {
    signal?.throwIfAborted();
    if (mutation.shownElsewhere !== undefined) return { mutation };
    const played = { mutation, outcome: await playMutation(scene, mutation, signal) };
    onPlayed(played);
    return played;
  });
}
