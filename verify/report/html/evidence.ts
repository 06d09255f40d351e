import type { Json } from "../report";
import { markup, type Markup, note, number, type Part } from "./markup";

type Members = { readonly [key: string]: Json };
type Scalar = string | number | boolean | null;

/** Values written of one check; a report of a large run may hold far more. */
const largest = { values: 1_500, items: 30, columns: 8, lines: 6, inline: 3, depth: 5, characters: 400 } as const;

/** Values of any shape as lists and tables, up to a limit. */
export function renderEvidence(evidence: Members): Markup {
  let left: number = largest.values;
  return markup`<div class="evidence">${members(evidence, 0)}</div>`;

  function render(value: Json, depth: number): Part {
    if (--left < 0) return "…";
    if (value === null) return "–";
    if (typeof value === "number") return number(value);
    if (typeof value === "boolean") return value ? "yes" : "no";
    if (typeof value === "string") return cut(value);
    if (depth >= largest.depth) return markup`<code>${cut(JSON.stringify(value))}</code>`;
    if (Object.keys(value).length === 0) return "none";
    return isList(value) ? items(value, depth) : members(value, depth);
  }

  function members(value: Members, depth: number): Markup {
    const entries = Object.entries(value);
    const shown = entries.slice(0, largest.items).map(([key, member]) => {
      const width = isScalar(member) ? "short" : "long";
      return markup`<div class="${width}"><dt>${label(key)}</dt> <dd>${render(member, depth + 1)}</dd></div>`;
    });
    const rest = entries.length > largest.items ? markup`<div><dt>…</dt> <dd>${more(entries.length)}</dd></div>` : undefined;
    return markup`<dl>${shown}${rest}</dl>`;
  }

  function items(values: readonly Json[], depth: number): Markup {
    const shown = values.slice(0, largest.items);
    const rest = values.length > largest.items ? note(more(values.length)) : undefined;
    const columns = columnsOf(shown);
    if (columns === undefined) return markup`${list(shown.map((value) => render(value, depth + 1)))}${rest}`;
    const heads = columns.map((column) => markup`<th scope="col">${label(column)}</th>`);
    const rows = shown.map((row) => {
      return markup`<tr>${columns.map((column) => markup`<td>${cell((row as Members)[column] ?? null)}</td>`)}</tr>\n`;
    });
    return markup`<div class="wide" tabindex="0" role="region" aria-label="Table">
<table><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table></div>${rest}`;
  }

  /** What {@link isBrief} lets into a table. */
  function cell(value: Json): Part {
    if (isScalar(value) || !isList(value) || value.length === 0) return render(value, largest.depth);
    const onOneLine = (flat: { readonly [key: string]: Scalar }): string =>
      Object.entries(flat)
        .map(([key, member]) => `${label(key)} ${String(member ?? "–")}`)
        .join(", ");
    return list(value.map((it) => (isFlat(it) ? cut(onOneLine(it)) : render(it, largest.depth))));
  }
}

function list(all: readonly Part[]): Markup {
  return markup`<ul>${all.map((one) => markup`<li>${one}</li>`)}</ul>`;
}

/** The columns of a table, where all values have few members and each of them can be written in few lines. */
function columnsOf(values: readonly Json[]): string[] | undefined {
  const isRow = (value: Json): value is Members => !isScalar(value) && !isList(value) && Object.values(value).every(isBrief);
  if (!values.every(isRow)) return undefined;
  const columns = [...new Set(values.flatMap(Object.keys))];
  return columns.length > 0 && columns.length <= largest.columns ? columns : undefined;
}

/** One value, or a short list of values or of objects with few members. */
function isBrief(value: Json): boolean {
  if (isScalar(value)) return true;
  return isList(value) && value.length <= largest.lines && value.every((it) => isScalar(it) || isFlat(it));
}

function isFlat(value: Json): value is { readonly [key: string]: Scalar } {
  if (isScalar(value) || isList(value)) return false;
  const values = Object.values(value);
  return values.length <= largest.inline && values.every(isScalar);
}

function isScalar(value: Json): value is Scalar {
  return value === null || typeof value !== "object";
}

function isList(value: Members | readonly Json[]): value is readonly Json[] {
  return Array.isArray(value);
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
