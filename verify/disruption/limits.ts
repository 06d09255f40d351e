/** How long things may take, and how often they are looked at. Times are milliseconds. */
export interface Limits {
  /** Until a fault has landed. */
  readonly landMs: number;
  /** From its landing until all is well again. A container that a liveness probe restarts takes about half of it. */
  readonly recoverMs: number;
  /** Until pods that were told to end are gone. */
  readonly settleMs: number;
  /** For putting things back, also after an interruption. */
  readonly putBackMs: number;
  /** Between two looks. */
  readonly intervalMs: number;
  /** Requests a second while a fault is on, over all replicas. */
  readonly requestsPerSecond: number;
  /** Of these, as many may be under way at the same time; beyond that none are sent. */
  readonly requestsAtOnce: number;
}

export const defaultLimits: Limits = {
  landMs: 30_000,
  recoverMs: 120_000,
  settleMs: 120_000,
  putBackMs: 30_000,
  intervalMs: 200,
  requestsPerSecond: 20,
  requestsAtOnce: 16,
};

/** Lives of pins shorter than this end before most deployments have recovered, in seconds. */
export const leastLifeSeconds = 30;
