/** The time of one fault. Milliseconds of the run's clock. */
export interface Window {
  /** Position in the list of faults. */
  readonly index: number;
  /** Without Redis pins cannot be read: until the recovery, answers are no evidence against them. */
  readonly isOutage: boolean;
  readonly from: number;
  /** From this instant on old pins hold and new ones work on every replica; undefined: not yet. */
  recoveredAt: number | undefined;
  /** Pods that were told to end are gone; undefined: not yet. */
  endedAt: number | undefined;
}

/** The faults of a run in time, one after another. What reaches into a fault's time belongs to it. */
export class Windows {
  readonly #windows: Window[] = [];

  open(from: number, isOutage: boolean): Window {
    const window: Window = { index: this.#windows.length, isOutage, from, recoveredAt: undefined, endedAt: undefined };
    this.#windows.push(window);
    return window;
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
