import Table from "cli-table3";
import pc from "picocolors";
import type { Screen } from "./look";
import type { Mood } from "./rows";

/** Widest line on a terminal, for usual names, in characters. */
const width = 100;
const labelWidth = 13;

/**
 * Pure: the status on one screen.
 * @param style `tables` for people; without them one line a row, for other programs
 */
export function renderStatus({ rows, replicas }: Screen, style: { readonly color: boolean; readonly tables: boolean }): string {
  const { green, red, yellow } = pc.createColors(style.color);
  const paint = { good: green, bad: red, odd: yellow, plain: String } satisfies Record<Mood, (text: string) => string>;
  if (!style.tables) {
    const line = (label: string, text: string): string => `${label.padEnd(labelWidth - 2)} ${text}`;
    const each = replicas.map(({ name, state, age, restarts, node }) =>
      line("replica", `${name}: ${state}, age ${age}, ${restarts} restarts, on node ${node}`),
    );
    return rows
      .flatMap(([label, text, mood]) => [line(label, paint[mood](text)), ...(label === "replicas" ? each : [])])
      .join("\n");
  }
  const plain = { head: [], border: [], compact: true };
  const table = new Table({ colWidths: [labelWidth, width - labelWidth - 3], wordWrap: true, style: plain });
  // A word that is wider than its cell would be cut.
  const longWord = new RegExp(`\\S{${width - labelWidth - 6}}`, "g");
  for (const [label, text, mood] of rows) table.push([label, paint[mood](text.replaceAll(longWord, "$& "))]);
  if (replicas.length === 0) return table.toString();
  const head = ["name", "state", "age", "restarts", "node"] as const;
  const replicaTable = new Table({ head: ["replica", ...head.slice(1)], style: plain });
  replicaTable.push(...replicas.map((it) => head.map((key) => it[key])));
  return `${table.toString()}\n${replicaTable.toString()}`;
}
