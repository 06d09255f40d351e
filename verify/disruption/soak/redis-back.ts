import type { Clock } from "../../common/clock";
import { Unmeasurable } from "../../common/errors";
import type { Disruptable } from "../../targets/disruptable";

/** Longest wait for the look that is under way, in milliseconds: that of a member that does not answer. */
const limitMs = 10_000;

export interface RedisBackTerms {
  readonly disruptable: Pick<Disruptable, "redisPods" | "redisMaster">;
  /** Redises that were ready before the fault. Of several only the master serves, and one must have been made it. */
  readonly members: number;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Looks when Redis serves again; begun when the fault has landed. Disposing of it ends that. */
export class RedisBack implements AsyncDisposable {
  /** The instant; undefined: not yet. */
  at: number | undefined;
  readonly #terms: RedisBackTerms;
  readonly #end = new AbortController();
  readonly #looking: Promise<void>;

  constructor(terms: RedisBackTerms) {
    this.#terms = terms;
    this.#looking = this.#look(AbortSignal.any([terms.signal, this.#end.signal]));
  }

  async #look(until: AbortSignal): Promise<void> {
    const { intervalMs, clock } = this.#terms;
    for (; !until.aborted; await clock.sleep(intervalMs, until)) {
      try {
        if (!(await this.#serves())) continue;
        this.at = clock.now();
        return;
      } catch (error) {
        // The API server may be busy, or no replica has taken over yet: the next look tells.
        if (!(error instanceof Unmeasurable)) throw error;
      }
    }
  }

  async #serves(): Promise<boolean> {
    const { disruptable, members } = this.#terms;
    const ready = (await disruptable.redisPods()).filter((pod) => pod.ready);
    if (members < 2) return ready.length > 0;
    const { uid } = await disruptable.redisMaster();
    return ready.some((pod) => pod.uid === uid);
  }

  /**
   * The instant, where the replicas were seen to share sessions at `recoveredAt`: Redis was back by then, even where the
   * look that shows it takes longer.
   * @returns undefined when no look showed it
   */
  async atLatest(recoveredAt: number): Promise<number | undefined> {
    const { clock, signal } = this.#terms;
    await Promise.race([this.#looking, clock.sleep(limitMs, AbortSignal.any([signal, this.#end.signal]))]);
    return this.at === undefined ? undefined : Math.min(this.at, recoveredAt);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#looking;
  }
}
