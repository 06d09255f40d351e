/** The time of one fault. Milliseconds of the run's clock. */
export interface Window {
  /** Position in the list of faults. */
  readonly fault: number;
  /** Without Redis pins cannot be read: until the recovery, answers are no evidence against them. */
  readonly isOutage: boolean;
  readonly from: number;
  /** Replicas share sessions from then on; undefined: not yet. */
  recoveredAt?: number;
  /** Undefined: not yet. */
  endedAt?: number;
}

/** The faults of a run in time, one after another. What reaches into a fault's time belongs to it. */
export class Windows {
  readonly #windows: Window[] = [];

  open(window: Window): void {
    this.#windows.push(window);
  }

  of(fault: number): Window | undefined {
    return this.#windows.findLast((it) => it.fault === fault);
  }

  /** The latest fault whose time overlaps the one from `from` to `to`; undefined: it was quiet. */
  during(from: number, to: number): Window | undefined {
    return this.#windows.findLast((it) => it.from <= to && (it.endedAt ?? Infinity) >= from);
  }

  /** Whether Redis was, or may have been, out of reach at some time from `from` to `to`. */
  outage(from: number, to: number): boolean {
    return this.#windows.some((it) => it.isOutage && it.from <= to && (it.recoveredAt ?? Infinity) >= from);
  }
}
