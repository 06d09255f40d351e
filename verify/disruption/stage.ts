import type { RunContext } from "../run/context";
import type { PromptChoice } from "../run/plan";
import { sessionPrefix } from "../run/play-sessions";
import type { Disruptable } from "../targets/disruptable";
import { DeploymentWatch } from "./deployment-watch";
import { Pins } from "./pins";

/** How long things may take, and how often they are looked at; tests cannot wait that long. Times are milliseconds. */
export interface Limits {
  /** Until a fault has landed. */
  readonly landMs: number;
  /** From its landing until all is well again. A container that a liveness probe restarts takes about half of it. */
  readonly recoverMs: number;
  /** Between two looks. */
  readonly intervalMs: number;
}

export const defaultLimits: Limits = { landMs: 30_000, recoverMs: 120_000, intervalMs: 200 };

/** What the events of one check, or of a soak, share. */
export class Stage implements AsyncDisposable {
  readonly pins: Pins;
  readonly watch: DeploymentWatch;
  readonly #begunAt: number;

  /** @param of tells the sessions of one check from those of the others, e.g. `faults-` */
  constructor(
    readonly run: RunContext,
    readonly disruptable: Disruptable,
    choice: PromptChoice,
    readonly limits: Limits,
    of: string,
  ) {
    this.pins = new Pins(run, choice, sessionPrefix(run.options, of));
    this.watch = new DeploymentWatch(disruptable, run, limits.intervalMs);
    this.#begunAt = run.clock.now();
  }

  /** Milliseconds since the stage was set, which times of events count from. */
  elapsedMs(): number {
    return Math.round(this.run.clock.now() - this.#begunAt);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.watch[Symbol.asyncDispose]();
  }
}
