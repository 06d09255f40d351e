import { Unmeasurable } from "../common/errors";
import type { RunContext } from "../run/context";
import type { Disruptable } from "../targets/disruptable";
import type { Limits } from "./limits";

/** Longest wait for a look that is under way, in milliseconds. */
const limitMs = 10_000;

export interface RedisBackTerms {
  readonly disruptable: Pick<Disruptable, "redisPods" | "redisMaster">;
  readonly run: Pick<RunContext, "clock" | "signal">;
  readonly limits: Pick<Limits, "intervalMs">;
  elapsedMs(): number;
}

/** Finds out when Redis serves again. Disposing of it ends that. */
export class RedisBack implements AsyncDisposable {
  /** By the clock of the terms; undefined: not yet. */
  atMs: number | undefined;
  readonly #end = new AbortController();
  #looking: Promise<void> = Promise.resolve();

  /** @param members Redis pods that were ready before the fault: of several only the master serves */
  constructor(
    private readonly terms: RedisBackTerms,
    private readonly members: number,
  ) {}

  /** To be called while Redis still serves. */
  static async before(terms: RedisBackTerms): Promise<RedisBack> {
    const pods = await terms.disruptable.redisPods();
    return new RedisBack(terms, pods.filter(({ ready }) => ready).length);
  }

  /** Begins to look; to be called when the fault has landed. */
  look(): void {
    const { run, limits } = this.terms;
    const until = AbortSignal.any([run.signal, this.#end.signal]);
    this.#looking = (async () => {
      while (!until.aborted && !(await this.#serves())) await run.clock.sleep(limits.intervalMs, until);
      if (!until.aborted) this.atMs = this.terms.elapsedMs();
    })();
  }

  async #serves(): Promise<boolean> {
    const { disruptable } = this.terms;
    try {
      const ready = (await disruptable.redisPods()).filter((pod) => pod.ready);
      if (this.members < 2) return ready.length > 0;
      const { uid } = await disruptable.redisMaster();
      return ready.some((pod) => pod.uid === uid);
    } catch (error) {
      // The API server may be busy, or no replica has taken over yet: the next look tells.
      if (error instanceof Unmeasurable) return false;
      throw error;
    }
  }

  /** The instant, at the latest `recoveredMs`, for replicas cannot share sessions without Redis. Undefined: it was not seen. */
  async atLatest(recoveredMs: number): Promise<number | undefined> {
    const { clock, signal } = this.terms.run;
    await Promise.race([this.#looking, clock.sleep(limitMs, AbortSignal.any([signal, this.#end.signal]))]);
    return this.atMs === undefined ? undefined : Math.min(this.atMs, recoveredMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#looking;
  }
}
