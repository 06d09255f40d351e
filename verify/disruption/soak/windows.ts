/** The time of one fault, in milliseconds of the run's clock; what has not come yet is at infinity. */
export interface Window {
  /** Position in the list of faults. */
  readonly fault: number;
  /** Without Redis pins cannot be read: until the recovery, answers are no evidence against them. */
  readonly isOutage: boolean;
  from: number;
  /** Replicas share sessions from then on. */
  recoveredAt: number;
  endedAt: number;
  /** Requests meanwhile; misrouted: answered by another model than the pin's. */
  readonly requests: { sent: number; failed: number; misrouted: number };
}

/** The faults of a run in time, one after another. What reaches into a fault's time belongs to it. */
export class Windows {
  readonly #windows: Window[] = [];

  /** Adds a fault that has not begun. */
  add(isOutage: boolean): Window {
    const times = { from: Infinity, recoveredAt: Infinity, endedAt: Infinity };
    const window = { fault: this.#windows.length, isOutage, ...times, requests: { sent: 0, failed: 0, misrouted: 0 } };
    this.#windows.push(window);
    return window;
  }

  requests(fault: number): Window["requests"] {
    return this.#windows[fault]?.requests ?? { sent: 0, failed: 0, misrouted: 0 };
  }

  /** The latest fault whose time overlaps the one from `from` to `to`; undefined: it was quiet. */
  during(from: number, to: number): Window | undefined {
    return this.#windows.findLast((it) => it.from <= to && it.endedAt >= from);
  }

  /** Whether Redis was, or may have been, out of reach at some time from `from` to `to`. */
  outage(from: number, to: number): boolean {
    return this.#windows.some((it) => it.isOutage && it.from <= to && it.recoveredAt >= from);
  }
}
