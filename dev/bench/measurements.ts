import type { Stamp } from "./machine";
import type { Row } from "./row";
import type { Timing } from "./timings";

/** Rows that were measured together. */
export interface Rows extends Stamp {
  readonly rows: readonly Row[];
}

/** What cannot be measured on a machine. */
export interface NotMeasured extends Stamp {
  /** Why, as part of a sentence. */
  readonly reason: string;
}

/** The verifier with one number of sessions. */
export interface SessionPoint {
  readonly sessions: number;
  /** Wall time of each run. */
  readonly seconds: readonly number[];
  /** The most memory that each run held. */
  readonly peakMib: readonly number[];
}

export interface SessionGrowth extends Stamp {
  /** Requests of each session. */
  readonly rounds: number;
  /** By number of sessions, from few to many. */
  readonly points: readonly SessionPoint[];
}

/** Runs with one number of sessions. */
export interface Timed {
  readonly sessions: number;
  /** Wall time of each run. */
  readonly seconds: readonly number[];
}

/** The verifier with one number of replicas. */
export interface ReplicaPoint {
  readonly replicas: number;
  /** Ordered pairs (writer, reader) that the run with the same number of sessions for all has covered. */
  readonly covered: number;
  /** The same number of sessions for all points. */
  readonly same: Timed;
  /** As few sessions as cover every ordered pair, and no fewer than a run has by default. */
  readonly least: Timed;
}

export interface ReplicaGrowth extends Stamp {
  /** Requests of each session. */
  readonly rounds: number;
  /** By number of replicas, from few to many. */
  readonly points: readonly ReplicaPoint[];
  /** What the verifier says when there is one session too few to cover all pairs. */
  readonly tooFew: { readonly replicas: number; readonly sessions: number; readonly summary: string };
}

/** A command on the stack. */
export interface StackStep {
  readonly what: string;
  /** As it is typed. */
  readonly command: string;
  /** Wall time of each run. */
  readonly seconds: readonly number[];
}

export interface StackFigures extends Stamp {
  /** In the order in which they were run. */
  readonly steps: readonly StackStep[];
  /** The first step's profile, of its middle run. */
  readonly profile: readonly Timing[];
}

/** A run of `npm start -- --timings=FILE`, as the file has it. */
export interface StartProfile extends Stamp {
  readonly timings: readonly Timing[];
}

/** All that docs/performance.md shows: docs/performance.json. A part that was never measured is absent. */
export interface Measurements {
  readonly verifier?: Rows;
  readonly sessions?: SessionGrowth;
  readonly replicas?: ReplicaGrowth;
  readonly stack?: StackFigures | NotMeasured;
  readonly tunnels?: Rows | NotMeasured;
  /** `npm start` on a machine that had none of the tools. */
  readonly emptyCaches?: StartProfile;
}

export function isMeasured<T extends Stamp>(part: T | NotMeasured | undefined): part is T {
  return part !== undefined && !("reason" in part);
}

/** Pure: the new parts in place of the old ones; what could not be measured here does not displace what was elsewhere. */
export function merge(old: Measurements, news: Measurements): Measurements {
  const keeps = <T extends Stamp>(before: T | NotMeasured | undefined, now: T | NotMeasured | undefined) =>
    now === undefined || (isMeasured(before) && !isMeasured(now)) ? before : now;
  return {
    verifier: news.verifier ?? old.verifier,
    sessions: news.sessions ?? old.sessions,
    replicas: news.replicas ?? old.replicas,
    stack: keeps(old.stack, news.stack),
    tunnels: keeps(old.tunnels, news.tunnels),
    emptyCaches: news.emptyCaches ?? old.emptyCaches,
  };
}
