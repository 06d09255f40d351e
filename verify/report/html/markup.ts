/** Markup that is safe to write out: made by {@link html} only. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What a template takes: text is escaped, markup is not, lists are joined, and nothing is written for no value. */
export type Part = Markup | string | number | undefined | readonly Part[];

/** Markup from a template whose parts are escaped, in text and in quoted attributes alike. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.map((string, i) => (i === 0 ? string : written(parts[i - 1]) + string)).join(""));
}

function written(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(written).join("");
  return escape(String(part));
}

/** Control characters, which HTML cannot hold, and characters that turn the direction of writing, which deceive. */
const deceptive = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** With the flag u, only surrogates without their other half match. */
const loneSurrogates = /[\ud800-\udfff]/gu;

function escape(text: string): string {
  return text
    .replace(loneSurrogates, "\ufffd")
    .replace(deceptive, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
