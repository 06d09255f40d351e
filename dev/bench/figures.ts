import Table from "cli-table3";

/** A measured figure, and what it should be at most or at least. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: "s" | "×";
  readonly most?: number;
  readonly least?: number;
  /** Where the figure comes from. */
  readonly note: string;
}

/** Whether a figure misses its target. */
export function misses({ value, most = Infinity, least = -Infinity }: Figure): boolean {
  return value > most || value < least;
}

/** A table of the figures with their targets. */
export function renderFigures(figures: readonly Figure[]): string {
  const table = new Table({ head: ["what", "target", "measured", "from"], style: { head: [], border: [], compact: true } });
  for (const figure of figures) {
    const { what, value, unit, most, least, note } = figure;
    const show = (number: number): string => `${number.toFixed(2)} ${unit}`;
    const target = most !== undefined ? `≤ ${show(most)}` : least !== undefined ? `≥ ${show(least)}` : "–";
    table.push([what, target, `${show(value)}${misses(figure) ? ": missed" : ""}`, note]);
  }
  return table.toString();
}

/** The middle value; of an even number of values the lower middle one. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
}
