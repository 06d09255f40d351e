import type { Programs } from "./commands";
import type { Row } from "./row";

/** How much is measured. */
export interface Scale {
  /** Runs behind each median. */
  readonly runs: number;
  /** Sessions of the comparisons, with four rounds each. */
  readonly sessions: number;
  /** Sessions of the large runs, with two rounds each, from the smallest to the largest. */
  readonly large: readonly [number, number, number];
}

/** What a benchmark has at hand. */
export interface Bench {
  readonly programs: Programs;
  readonly scale: Scale;
  readonly signal: AbortSignal;
}

/** Measures one thing, or a few that belong together. */
export type Benchmark = (bench: Bench) => Promise<readonly Row[]>;
