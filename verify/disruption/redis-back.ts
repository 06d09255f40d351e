import { Unmeasurable } from "../common/errors";
import type { RunContext } from "../run/context";
import type { Disruptable } from "../targets/disruptable";
import type { Limits } from "./limits";

/** Longest wait for the look that is under way, in milliseconds: that of a member that does not answer. */
const limitMs = 10_000;

export interface RedisBackTerms {
  readonly disruptable: Pick<Disruptable, "redisPods" | "redisMaster">;
  readonly run: Pick<RunContext, "clock" | "signal">;
  readonly limits: Pick<Limits, "intervalMs">;
}

/** Finds out when Redis serves again. Disposing of it ends that. */
export class RedisBack implements AsyncDisposable {
  /** The instant; undefined: not yet. */
  at: number | undefined;
  readonly #end = new AbortController();
  #looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly terms: RedisBackTerms,
    /** Redises that were ready before the fault. Of several only the master serves, and one must have been made it. */
    private readonly members: number,
  ) {}

  /** To be called while Redis still serves. */
  static async before(terms: RedisBackTerms): Promise<RedisBack> {
    const pods = await terms.disruptable.redisPods();
    return new RedisBack(terms, pods.filter(({ ready }) => ready).length);
  }

  /** Begins to look; to be called when the fault has landed. */
  look(): void {
    this.#looking = this.#look(AbortSignal.any([this.terms.run.signal, this.#end.signal]));
  }

  async #look(until: AbortSignal): Promise<void> {
    const { run, limits } = this.terms;
    for (; !until.aborted; await run.clock.sleep(limits.intervalMs, until)) {
      try {
        if (!(await this.#serves())) continue;
        this.at = run.clock.now();
        return;
      } catch (error) {
        // The API server may be busy, or no replica has taken over yet: the next look tells.
        if (!(error instanceof Unmeasurable)) throw error;
      }
    }
  }

  async #serves(): Promise<boolean> {
    const { disruptable } = this.terms;
    const ready = (await disruptable.redisPods()).filter((pod) => pod.ready);
    if (this.members < 2) return ready.length > 0;
    const { uid } = await disruptable.redisMaster();
    return ready.some((pod) => pod.uid === uid);
  }

  /**
   * The instant, where the replicas were seen to share sessions at `recoveredAt`: Redis was back by then, even where the
   * look that shows it takes longer.
   * @returns undefined when no look showed it
   */
  async atLatest(recoveredAt: number): Promise<number | undefined> {
    const { clock, signal } = this.terms.run;
    await Promise.race([this.#looking, clock.sleep(limitMs, AbortSignal.any([signal, this.#end.signal]))]);
    return this.at === undefined ? undefined : Math.min(this.at, recoveredAt);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#looking;
  }
}
