import { Unmeasurable } from "../common/errors";
import type { Stage } from "./stage";
import { repeat } from "./wait";

/** Longest wait for a look that is under way, in milliseconds. */
const limitMs = 10_000;

/** Finds out when Redis serves again. Disposing of it ends that. */
export class RedisBack implements AsyncDisposable {
  /** By the stage's time; undefined: not yet. */
  atMs: number | undefined;
  readonly #looking: AsyncDisposable;

  /** @param members Redis pods that were ready before the fault: of several only the master serves */
  constructor(
    private readonly stage: Pick<Stage, "disruptable" | "run" | "limits" | "elapsedMs">,
    private readonly members: number,
  ) {
    this.#looking = repeat(stage.run, async () => {
      if (this.atMs === undefined && (await this.#serves())) this.atMs = stage.elapsedMs();
      return stage.limits.intervalMs;
    });
  }

  async #serves(): Promise<boolean> {
    const { disruptable } = this.stage;
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
    const { clock, signal } = this.stage.run;
    for (const end = clock.now() + limitMs; this.atMs === undefined && clock.now() < end && !signal.aborted;) {
      await clock.sleep(this.stage.limits.intervalMs, signal);
    }
    return this.atMs === undefined ? undefined : Math.min(this.atMs, recoveredMs);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#looking[Symbol.asyncDispose]();
  }
}
