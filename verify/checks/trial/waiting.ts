import { duration, type Lifetime } from "../../register";
import type { RunContext } from "../../run/context";
import { countOf } from "./trial";

const goals = ["the read at 50 %", "the read at 90 %", "the end of the pins"] as const;

export type Goal = (typeof goals)[number];

const tickMs = 1_000;

/** Waits out the life of pins, and tells each second how much of it is left. */
export class Waiting {
  readonly #name: string;
  readonly #totalMs: number;
  readonly #startedAt: number;
  #goal = 0;
  #phase: string;
  #shown = "";

  constructor(
    private readonly run: Pick<RunContext, "clock" | "progress" | "signal">,
    sessions: number,
    { lifetimeMs, toleranceMs }: Lifetime,
  ) {
    this.#name = `expiry: ${countOf(sessions)}`;
    this.#totalMs = lifetimeMs + toleranceMs;
    this.#startedAt = run.clock.now();
    const minutes = lifetimeMs < 90_000 ? "" : `, about ${Math.round(lifetimeMs / 60_000)} min`;
    this.#phase = `${this.#name}, for as long as a pin lives: ${duration(lifetimeMs)} (--ttl)${minutes}`;
    this.#show();
  }

  /** @returns whether the time has come; false when the run was called off */
  async until(goal: Goal, time: number): Promise<boolean> {
    const { clock, signal } = this.run;
    if (goals.indexOf(goal) > this.#goal) {
      this.#goal = goals.indexOf(goal);
      const left = Math.max(0, this.#startedAt + this.#totalMs - clock.now());
      this.#phase = `${this.#name}, waiting for ${goal}; ${duration(left)} left`;
      this.#show();
    }
    while (!signal.aborted && clock.now() < time) {
      await clock.sleep(Math.min(time - clock.now(), tickMs), signal);
      this.#show();
    }
    return !signal.aborted;
  }

  /** Several sessions wait at the same time: the same is told once. */
  #show(): void {
    const total = Math.ceil(this.#totalMs / 1_000);
    const done = Math.min(total, Math.floor((this.run.clock.now() - this.#startedAt) / 1_000));
    const shown = `${this.#phase} ${done}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.run.progress({ phase: this.#phase, done, total });
  }
}
