import Table from "cli-table3";

/** A measured figure, and what it should be at most or at least. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: "s" | "×" | "";
  readonly target?: { readonly most: number } | { readonly least: number };
  /** Where the figure comes from. */
  readonly note: string;
}

/** Whether a figure misses its target. */
export function misses({ value, target }: Figure): boolean {
  if (target === undefined) return false;
  return "most" in target ? value > target.most : value < target.least;
}

/** A table of the figures with their targets. */
export function renderFigures(figures: readonly Figure[]): string {
  const table = new Table({ head: ["what", "target", "measured", "", "from"], style: { head: [], border: [], compact: true } });
  for (const figure of figures) {
    const { what, value, unit, target, note } = figure;
    const show = (number: number): string => `${number.toFixed(2)} ${unit}`.trimEnd();
    if (target === undefined) table.push([what, "–", show(value), "–", note]);
    else {
      const bound = "most" in target ? `≤ ${show(target.most)}` : `≥ ${show(target.least)}`;
      table.push([what, bound, show(value), misses(figure) ? "missed" : "met", note]);
    }
  }
  return table.toString();
}

/** The middle value; of an even number of values the lower middle one. @throws RangeError when there are none */
export function median(values: readonly number[]): number {
  const middle = [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
  if (middle === undefined) throw new RangeError("the median of nothing");
  return middle;
}
