import type { Axis, Mark, Scale, Spec } from "vega" with { "resolution-mode": "import" };

/** A measured value, in the units of the axes. */
export interface Point {
  readonly x: number;
  readonly y: number;
  /** Written beside it. */
  readonly label?: string;
}

/** A line through points. */
export interface Series {
  /** Written above its end, in its colour. */
  readonly name?: string;
  readonly points: readonly Point[];
  readonly colour: keyof typeof colours;
}

/** An axis. A linear one begins at 0; a logarithmic one covers its ticks, by default whole powers of ten. */
export interface ChartAxis {
  /** With the unit. */
  readonly title: string;
  readonly scale: "linear" | "log";
  /** Values that are written at it; default: round ones. */
  readonly ticks?: readonly number[];
}

/** A line chart. */
export interface Chart {
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly series: readonly Series[];
  /** A dashed line that the values should stay below. */
  readonly limit?: { readonly y: number; readonly label: string };
}

/** To be told apart on white and on near black alike: at least 3:1 against both, text 4.3:1. */
const colours = { blue: "#2f81f7", orange: "#d9730d", text: "#767d86", grid: "#8b949e" } as const;

const [width, height] = [640, 280];
const font = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";
const fontSize = 13;

/** Draws a chart. @returns SVG, the same for the same chart */
export async function drawChart(chart: Chart): Promise<string> {
  const { parse, View } = await import("vega");
  const view = new View(parse(vegaSpec(chart)), { renderer: "none" });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}

/** Pure: the chart in the grammar of Vega. */
function vegaSpec({ x, y, series, limit }: Chart): Spec {
  const all = series.flatMap(({ points }) => points);
  const widths = all.map((point) => point.x);
  const heights = [...all.map((point) => point.y), ...(limit === undefined ? [] : [limit.y])];
  return {
    $schema: "https://vega.github.io/schema/vega/v6.json",
    width,
    height,
    padding: 8,
    autosize: "pad",
    data: series.map(({ points }, i) => ({ name: `series${i}`, values: [...points] })),
    scales: [scaleOf("x", x, widths), scaleOf("y", y, heights)],
    axes: [axisOf("x", x, widths), axisOf("y", y, heights)],
    marks: [...(limit === undefined ? [] : limitMarks(limit)), ...series.flatMap(seriesMarks)],
  };
}

function scaleOf(name: "x" | "y", { scale, ticks }: ChartAxis, values: readonly number[]): Scale {
  // Room for what is written beside the first point.
  const common = { name, range: name === "x" ? ("width" as const) : ("height" as const), padding: name === "x" ? 52 : 0 };
  if (scale === "linear") return { ...common, type: "linear", domain: [0, Math.max(...values) * 1.1], nice: true };
  const covered = ticks ?? powersOfTen(values);
  return { ...common, type: "log", domain: [covered[0] ?? 1, covered.at(-1) ?? 1] };
}

/** Those between which the values lie, these included; two at least. */
function powersOfTen(values: readonly number[]): readonly number[] {
  const from = Math.floor(Math.log10(Math.min(...values)));
  const to = Math.max(Math.ceil(Math.log10(Math.max(...values))), from + 1);
  return Array.from({ length: to - from + 1 }, (_, i) => Number(`1e${from + i}`));
}

function axisOf(name: "x" | "y", { title, scale, ticks }: ChartAxis, values: readonly number[]): Axis {
  const shown = ticks ?? (scale === "log" ? powersOfTen(values) : undefined);
  return {
    scale: name,
    orient: name === "x" ? "bottom" : "left",
    title,
    format: ",~r",
    ...(shown === undefined ? { tickCount: 6 } : { values: [...shown] }),
    grid: name === "y",
    gridColor: colours.grid,
    gridOpacity: 0.25,
    domainColor: colours.grid,
    tickColor: colours.grid,
    labelColor: colours.text,
    titleColor: colours.text,
    labelFont: font,
    titleFont: font,
    labelFontSize: fontSize,
    titleFontSize: fontSize,
    titleFontWeight: "normal",
    titlePadding: 10,
  };
}

function limitMarks({ y, label }: NonNullable<Chart["limit"]>): Mark[] {
  const at = { scale: "y", value: y };
  const rule = { x: { value: 0 }, x2: { value: width }, y: at, stroke: { value: colours.text }, strokeDash: { value: [6, 4] } };
  const text = { x: { value: 6 }, y: at, dy: { value: -6 }, text: { value: label }, ...textOf(colours.text) };
  return [
    { type: "rule", encode: { enter: rule } },
    { type: "text", encode: { enter: text } },
  ];
}

function seriesMarks({ name, points, colour }: Series, index: number): Mark[] {
  const from = { data: `series${index}` };
  const [x, y] = [
    { scale: "x", field: "x" },
    { scale: "y", field: "y" },
  ];
  const paint = { value: colours[colour] };
  // Lines rise to the right, so that there is room above and to the left.
  const leftAbove = { align: { value: "right" as const }, dx: { value: 5 }, dy: { value: -10 } };
  const label = { x, y, text: { field: "label" }, ...leftAbove, ...textOf(colours.text) };
  const last = points.at(-1);
  const marks: Mark[] = [
    { type: "line", from, encode: { enter: { x, y, stroke: paint, strokeWidth: { value: 2 } } } },
    { type: "symbol", from, encode: { enter: { x, y, fill: paint, size: { value: 50 } } } },
    { type: "text", from, encode: { enter: label } },
  ];
  if (name === undefined || last === undefined) return marks;
  const end = {
    x: { scale: "x", value: last.x },
    y: { scale: "y", value: last.y },
    ...leftAbove,
    text: { value: name },
    ...textOf(colours[colour]),
  };
  return [...marks, { type: "text", encode: { enter: end } }];
}

function textOf(colour: string): object {
  return { fill: { value: colour }, font: { value: font }, fontSize: { value: fontSize } };
}
