import type { Programs } from "./commands";
import type { Row } from "./row";

/** How much is measured. */
export interface Scale {
  /** Runs behind each median. */
  readonly runs: number;
  /** Sessions of the comparisons, with four rounds each. */
  readonly sessions: number;
  /** Numbers of sessions of the growth, with two rounds each, from few to many. */
  readonly growth: readonly number[];
  /** Numbers of replicas of the growth, from few to many. */
  readonly replicas: readonly number[];
  /** Sessions with each number of replicas, with four rounds each: enough for every ordered pair of the most replicas. */
  readonly replicaSessions: number;
}

/** What a benchmark has at hand. */
export interface Bench {
  readonly programs: Programs;
  readonly scale: Scale;
  readonly signal: AbortSignal;
}

/** Measures one thing, or a few that belong together. */
export type Benchmark = (bench: Bench) => Promise<readonly Row[]>;
