import { randomBytes } from "node:crypto";
import type { RunContext } from "../run/context";
import type { PromptChoice } from "../run/plan";
import { sessionPrefix } from "../run/session-prefix";
import type { Disruptable } from "../targets/disruptable";
import { DeploymentWatch } from "./deployment-watch";
import type { Limits } from "./limits";
import { Pins } from "./pins";

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
    // A fixed prefix may meet pins of an earlier run, of unknown age.
    const unique = run.options.sessionPrefix === undefined ? "" : `${randomBytes(3).toString("hex")}-`;
    this.pins = new Pins(run, choice, `${sessionPrefix(run.options, of)}${unique}`);
    this.watch = new DeploymentWatch(disruptable, run.clock, limits.intervalMs, run.signal);
    this.#begunAt = run.clock.now();
  }

  /** Milliseconds since the stage was set, which times of events count from. */
  elapsedMs(): number {
    return Math.round(this.run.clock.now() - this.#begunAt);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.watch[Symbol.asyncDispose]();
  }
}
