import type { PodLook } from "../disruptable";

/** Finds out which pods are gone for good: those that were seen on their way out, and are listed no more. */
export class GonePods {
  readonly #leaving = new Set<string>();

  /** @returns the UIDs of those that are gone since the looks before, each once */
  take(pods: readonly Pick<PodLook, "uid" | "leaving">[]): string[] {
    const listed = new Set(pods.map(({ uid }) => uid));
    const gone = [...this.#leaving].filter((uid) => !listed.has(uid));
    for (const uid of gone) this.#leaving.delete(uid);
    for (const { uid, leaving } of pods) if (leaving) this.#leaving.add(uid);
    return gone;
  }
}
