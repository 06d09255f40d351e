import type { Json } from "../report";
import { markup, type Markup, note, number, type Part } from "./markup";

type Members = { readonly [key: string]: Json };

/** Values written of one check; a report of a large run may hold far more. */
const largest = { values: 1_500, items: 30, columns: 8, depth: 5, characters: 400 } as const;

/** Values of any shape as lists and tables, up to a limit. */
export function renderEvidence(evidence: Members): Markup {
  let left: number = largest.values;
  let inTable = false;
  return markup`<div class="evidence">${members(evidence, 0)}</div>`;

  function render(value: Json, depth: number): Part {
    if (--left < 0) return "…";
    if (value === null) return "–";
    if (typeof value === "number") return number(value);
    if (typeof value === "boolean") return value ? "yes" : "no";
    if (typeof value === "string") return cut(value);
    if (depth >= largest.depth) return markup`<code>${cut(JSON.stringify(value))}</code>`;
    if (Object.keys(value).length === 0) return "none";
    return isMembers(value) ? members(value, depth) : items(value, depth);
  }

  function members(value: Members, depth: number): Markup {
    const entries = Object.entries(value);
    const shown = entries.slice(0, largest.items).map(([key, member]) => {
      const width = typeof member === "object" && member !== null ? "long" : "short";
      return markup`<div class="${width}"><dt>${label(key)}</dt> <dd>${render(member, depth + 1)}</dd></div>`;
    });
    const rest = entries.length > largest.items ? markup`<div><dt>…</dt> <dd>${more(entries.length)}</dd></div>` : undefined;
    return markup`<dl>${shown}${rest}</dl>`;
  }

  /** A table where all are objects of few members; they are lists themselves within it. */
  function items(values: readonly Json[], depth: number): Markup {
    const shown = values.slice(0, largest.items);
    const rest = values.length > largest.items ? note(more(values.length)) : undefined;
    const rows = shown.filter(isMembers);
    const columns = [...new Set(rows.flatMap(Object.keys))];
    if (rows.length < shown.length || columns.length > largest.columns) {
      return markup`<ul>${shown.map((value) => markup`<li>${render(value, depth + 1)}</li>`)}</ul>${rest}`;
    }
    const heads = columns.map((column) => markup`<th scope="col">${label(column)}</th>`);
    const cellsOf = (row: Members): Markup[] =>
      columns.map((column) => markup`<td>${render(row[column] ?? null, depth + 1)}</td>`);
    const isInner = inTable;
    inTable = true;
    const body = rows.map((row) => markup`<tr>${cellsOf(row)}</tr>\n`);
    inTable = isInner;
    const table = markup`<table><thead><tr>${heads}</tr></thead><tbody>${body}</tbody></table>${rest}`;
    // The outermost scrolls by itself.
    return isInner ? table : markup`<div class="wide" tabindex="0" role="region" aria-label="Table">\n${table}</div>`;
  }
}

function isMembers(value: Json): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `adversarialReads` as words, `pttlMs` with its unit; a key that is a name stays as it is. */
function label(key: string): string {
  if (!/^[a-z]+([A-Z][a-z0-9]*)+$/.test(key)) return cut(key);
  return key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/ ms$/, " (ms)");
}

function cut(text: string): string {
  return text.length > largest.characters ? `${text.slice(0, largest.characters - 1)}…` : text;
}

function more(all: number): string {
  return `${number(all - largest.items)} more are in the JSON report.`;
}
