/** One line of the table. */
export interface Row {
  /** What was run, in words. */
  readonly what: string;
  /** What the figure should be, in words; undefined: it is shown for comparison only. */
  readonly target?: string | undefined;
  /** The figure with its unit. */
  readonly measured: string;
  /** Whether the target was met; undefined without a target. */
  readonly met?: boolean | undefined;
  /** Runs behind the figure. */
  readonly note: string;
}

/** A figure and the bound that it is judged by. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  /** How the value is written, e.g. `(it) => \`${it.toFixed(2)} s\``. */
  readonly show: (value: number) => string;
  /** The value must be no more than `most`, below `below`, or no less than `least`. */
  readonly bound?: { readonly most: number } | { readonly below: number } | { readonly least: number };
  readonly note: string;
}

/** Pure: judges a figure. */
export function judged({ what, value, show, bound, note }: Figure): Row {
  const row = { what, measured: show(value), note };
  if (bound === undefined) return row;
  if ("most" in bound) return { ...row, target: `≤ ${show(bound.most)}`, met: value <= bound.most };
  if ("below" in bound) return { ...row, target: `< ${show(bound.below)}`, met: value < bound.below };
  return { ...row, target: `≥ ${show(bound.least)}`, met: value >= bound.least };
}

/** Without more decimals than a measurement is good for. */
export const rounded = (value: number): number => Math.round(value * 100) / 100;

/** `1,000`. */
export const grouped = (value: number): string => value.toLocaleString("en");

/** What stands behind a figure of `runs` runs. */
export function medianOf(runs: number): string {
  return runs === 1 ? "one run" : `median of ${runs} runs`;
}

export const seconds = (value: number): string => `${value.toFixed(2)} s`;
export const times = (value: number): string => `${value.toFixed(2)} ×`;
export const mebibytes = (value: number): string => `${Math.round(value)} MiB`;

/** The middle value; of an even number of values the lower middle one. @throws RangeError when there are none */
export function median(values: readonly number[]): number {
  const middle = [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
  if (middle === undefined) throw new RangeError("the median of nothing");
  return middle;
}
