import type { Clock } from "../verify/common/clock";
import { Unmeasurable } from "../verify/common/errors";
import type { Disruptable } from "../verify/targets/disruptable";

/** Looks when Redis is ready again; begun when the fault has landed. Disposing of it ends that. */
export class RedisBack implements AsyncDisposable {
  /** The instant; undefined: not yet. */
  at: number | undefined;
  readonly #end = new AbortController();
  readonly #looking: Promise<void>;

  constructor(disruptable: Pick<Disruptable, "redisPods">, intervalMs: number, clock: Clock, signal: AbortSignal) {
    this.#looking = this.#look(disruptable, intervalMs, clock, AbortSignal.any([signal, this.#end.signal]));
  }

  async #look(disruptable: Pick<Disruptable, "redisPods">, intervalMs: number, clock: Clock, until: AbortSignal): Promise<void> {
    for (; !until.aborted; await clock.sleep(intervalMs, until)) {
      try {
        const pods = await disruptable.redisPods();
        if (!pods.some(({ ready }) => ready)) continue;
        this.at = clock.now();
        return;
      } catch (error) {
        // The API server may be busy: the next look tells.
        if (!(error instanceof Unmeasurable)) throw error;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#looking;
  }
}
