import Table from "cli-table3";
import pc from "picocolors";
import type { StatusFacts } from "./facts";
import { type Mood, replicaCells, statusRows } from "./rows";

/** Widest line on a terminal, for usual names, in characters. */
const width = 100;
const labelWidth = 13;

/** How the screen is to look. */
export interface ScreenStyle {
  readonly color: boolean;
  /** Tables for people; else one line a row, for other programs. */
  readonly tables: boolean;
}

const replicaHead = ["replica", "state", "age", "restarts", "node"];

/** Pure: the status on one screen. */
export function renderStatus(facts: StatusFacts, { color, tables }: ScreenStyle): string {
  const colors = pc.createColors(color);
  const paint: Readonly<Record<Mood, (text: string) => string>> = {
    good: colors.green,
    bad: colors.red,
    odd: colors.yellow,
    plain: (text) => text,
  };
  const rows = statusRows(facts);
  const cells = replicaCells(facts);
  if (!tables) {
    const lines = cells.map(([name, state, age, restarts, node]) => [
      "replica",
      `${name}: ${state}, age ${age}, ${restarts} restarts, on node ${node}`,
    ]);
    const behind = rows.findIndex(({ label }) => label === "replicas") + 1;
    const all = rows.map(({ label, text, mood }) => [label, paint[mood](text)]).toSpliced(behind, 0, ...lines);
    return all.map(([label = "", text = ""]) => `${label.padEnd(labelWidth - 2)} ${text}`).join("\n");
  }
  const table = new Table({
    colWidths: [labelWidth, width - labelWidth - 3],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  });
  for (const { label, text, mood } of rows) table.push([label, paint[mood](breakable(text))]);
  if (cells.length === 0) return table.toString();
  const replicas = new Table({ head: replicaHead, style: { head: [], border: [], compact: true } });
  for (const line of cells) replicas.push(line);
  return `${table.toString()}\n${replicas.toString()}`;
}

/** A word that is wider than its cell would be cut. */
function breakable(text: string): string {
  return text.replaceAll(new RegExp(`\\S{${width - labelWidth - 6}}`, "g"), "$& ");
}
