import type { Verdict } from "../report";
import { html, type Markup } from "./markup";

/** A sign beside the word, so that colour is never the only carrier of a verdict. */
const signs = { pass: "✓", fail: "✗", unknown: "?" } as const satisfies Record<Verdict, string>;

export function sign(verdict: Verdict): Markup {
  return html`<span class="sign" aria-hidden="true">${signs[verdict]}</span>`;
}

export function badge(verdict: Verdict): Markup {
  return html`<span class="badge ${verdict}">${sign(verdict)} ${verdict}</span>`;
}

/** Text for screen readers only. */
export function spoken(text: string): Markup {
  return html`<span class="spoken">${text}</span>`;
}

/** `1,204` */
export function number(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 2 });
}

/** `1 session`, `1,204 sessions` */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}

/** `0.42 ms`, `12 ms`, `1.2 s`, `2 min 5 s`, `1 h 3 min`; a dash when it is not known. */
export function duration(milliseconds: number | null): string {
  if (milliseconds === null) return "–";
  if (milliseconds < 10) return `${number(Math.round(milliseconds * 100) / 100)} ms`;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${number(Math.round(milliseconds / 100) / 10)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3_600) return two(Math.floor(seconds / 60), "min", seconds % 60, "s");
  const minutes = Math.round(seconds / 60);
  return two(Math.floor(minutes / 60), "h", minutes % 60, "min");
}

function two(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${number(large)} ${unit}` : `${number(large)} ${unit} ${small} ${smallUnit}`;
}

/** Longest name that is written in full where room is scarce. */
const longName = 24;

/** A name with its middle left out: replicas of one Deployment differ at the end. */
export function brief(name: string): string {
  return name.length > longName ? `${name.slice(0, 9)}…${name.slice(-12)}` : name;
}

/** What the check shows, as a heading; its id where it is not known here. */
export function titleOf(check: string): string {
  return titles[check] ?? check;
}

const titles: Readonly<Record<string, string>> = {
  control: "Unpinned routing tells models apart",
  pinning: "Sessions keep their model on every replica",
  redis: "Pins are in Redis as they should be",
  traces: "Traces tell the same story",
  race: "First requests at the same time",
  expiry: "Pins end with their lifetime, and not before",
  scale: "Pins survive a change of scale",
  faults: "Pins survive faults",
  smoke: "Requests are answered",
};
