import { duration, type Lifetime } from "../../register";
import type { RunContext } from "../../run/context";
import { countOf } from "./judge-trial";

const goals = ["the read at 50 %", "the read at 90 %", "the end of the pins"] as const;

export type Goal = (typeof goals)[number];

const tickMs = 1_000;

/** Longest single sleep: timers do not bear more than 2³¹ ms. */
const longestSleepMs = 86_400_000;

type Run = Pick<RunContext, "clock" | "progress" | "signal">;

/** Waits out the life of pins, and tells how much of it is left. Disposing of it ends the telling. */
export class Waiting implements AsyncDisposable {
  readonly #run: Run;
  readonly #name: string;
  readonly #totalMs: number;
  readonly #startedAt: number;
  readonly #ended = new AbortController();
  readonly #telling: Promise<void>;
  #goal = 0;
  #phase: string;

  constructor(run: Run, sessions: number, { lifetimeMs, toleranceMs }: Required<Lifetime>) {
    this.#run = run;
    this.#name = `expiry: ${countOf(sessions)}`;
    this.#totalMs = lifetimeMs + toleranceMs;
    this.#startedAt = run.clock.now();
    const minutes = lifetimeMs < 90_000 ? "" : `, about ${Math.round(lifetimeMs / 60_000)} min`;
    this.#phase = `${this.#name}, for as long as a pin lives: ${duration(lifetimeMs)} (--ttl)${minutes}`;
    this.#telling = this.#tell();
  }

  /** @returns whether the time has come; false when the run was called off */
  async until(goal: Goal, time: number): Promise<boolean> {
    const { clock, signal } = this.#run;
    if (goals.indexOf(goal) > this.#goal) {
      this.#goal = goals.indexOf(goal);
      const left = Math.max(0, this.#startedAt + this.#totalMs - clock.now());
      this.#phase = `${this.#name}, waiting for ${goal}; ${duration(left)} left`;
      this.#show();
    }
    while (!signal.aborted && clock.now() < time) {
      await clock.sleep(Math.min(time - clock.now(), longestSleepMs), signal);
    }
    return !signal.aborted;
  }

  #show(): void {
    const total = Math.ceil(this.#totalMs / 1_000);
    const done = Math.min(total, Math.floor((this.#run.clock.now() - this.#startedAt) / 1_000));
    this.#run.progress({ phase: this.#phase, done, total });
  }

  async #tell(): Promise<void> {
    const { clock, signal } = this.#run;
    const either = AbortSignal.any([signal, this.#ended.signal]);
    while (!either.aborted) {
      this.#show();
      await clock.sleep(tickMs, either);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#telling;
  }
}
