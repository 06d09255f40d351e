import Table from "cli-table3";
import type { Stamp } from "../machine";
import type { NotMeasured } from "../measurements";
import type { Row } from "../row";

/** A table's cells as Markdown. */
export interface Lines {
  readonly headings: readonly string[];
  readonly lines: readonly (readonly string[])[];
}

/** A picture in docs/pictures, by its file name. */
export interface Picture {
  readonly picture: string;
  /** What it shows, for who does not see it. */
  readonly alt: string;
}

/** A paragraph or a list as Markdown, a table, a picture, or text as it is. */
export type Block = string | Lines | Picture | { readonly code: string };

/** A chapter of the page. */
export interface Chapter {
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** Pure: a chapter of docs/performance.md. */
export function markdown({ title, blocks }: Chapter): string {
  return [`## ${title}`, ...blocks.map(markdownOf)].join("\n\n");
}

function markdownOf(block: Block): string {
  if (typeof block === "string") return block;
  if ("picture" in block) return `![${block.alt}](pictures/${block.picture})`;
  if ("code" in block) return `\`\`\`text\n${block.code}\n\`\`\``;
  const line = (texts: readonly string[]): string => `| ${texts.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
  return [block.headings, block.headings.map(() => "---"), ...block.lines].map(line).join("\n");
}

/** Pure: the figures of a chapter, for a terminal. */
export function terminal({ title, blocks }: Chapter): string {
  const figures = blocks.flatMap((block) => {
    if (typeof block === "string" || "picture" in block) return [];
    if ("code" in block) return [block.code];
    const table = new Table({ head: block.headings.map(plain), style: { head: [], border: [] }, ...widths(block) });
    table.push(...block.lines.map((line) => line.map(plain)));
    return [table.toString()];
  });
  return [title, ...figures].join("\n");
}

/** Longest line of a cell on a terminal. */
const widest = 44;

function widths({ headings, lines }: Lines): { readonly colWidths: number[]; readonly wordWrap: boolean } {
  const longest = headings.map((heading, i) =>
    Math.max(...[heading, ...lines.map((line) => line[i] ?? "")].map((it) => plain(it).length)),
  );
  return { colWidths: longest.map((length) => Math.min(length, widest) + 2), wordWrap: true };
}

function plain(text: string): string {
  return text.replaceAll(/[*`]/g, "");
}

/** Rows with their targets, as a table. */
export function rowsTable(rows: readonly Row[]): Lines {
  const verdict = ({ met }: Row): string => (met === undefined ? "–" : met ? "met" : "**missed**");
  const lines = rows.map((row) => [row.what, row.target ?? "–", row.measured, verdict(row), row.note]);
  return { headings: ["what", "target", "measured", "", "runs"], lines };
}

/** Says when and where a part was measured, or why it was not. */
export function measuredWhere(part: Stamp | NotMeasured | undefined, command: string): string {
  if (part === undefined) return `Not measured yet: \`${command}\`.`;
  if ("reason" in part) return `Not measured on ${part.measuredOn}: ${part.reason} (${part.machine}).`;
  return `Measured on ${part.measuredOn}: ${part.machine}.`;
}
