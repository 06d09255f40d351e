import { duration as inSeconds } from "../../../lib/progress";
import { harmless } from "../../common/errors";
import type { Verdict } from "../report";

/** Markup that is safe to write out: made by {@link markup} only. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What a template of HTML or XML takes: text is escaped, markup is not, lists are joined, and nothing is written for no value. */
export type Part = Markup | string | number | undefined | readonly Part[];

/** Markup from a template whose parts are escaped, in text and in quoted attributes alike. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.map((string, i) => (i === 0 ? string : written(parts[i - 1]) + string)).join(""));
}

function written(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(written).join("");
  return escape(String(part));
}

function escape(text: string): string {
  return harmless(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

export function section(id: string, title: string, ...content: readonly Part[]): Markup {
  return markup`<section aria-labelledby="${id}">\n<h2 id="${id}">${title}</h2>\n${content}\n</section>`;
}

export function facts(all: readonly (readonly [term: string, value: Part])[]): Markup {
  return markup`<dl class="facts">${all.map(([term, value]) => markup`<div><dt>${term}</dt> <dd>${value}</dd></div>`)}</dl>`;
}

/** A sign beside the word, so that colour is never the only carrier of a verdict. */
export function sign(verdict: Verdict): Markup {
  return markup`<span class="sign" aria-hidden="true">${{ pass: "✓", fail: "✗", unknown: "?" }[verdict]}</span>`;
}

export function badge(verdict: Verdict): Markup {
  return markup`<span class="badge ${verdict}">${sign(verdict)} ${verdict}</span>`;
}

export function spoken(text: string): Markup {
  return markup`<span class="spoken">${text}</span>`;
}

export function note(text: string): Markup {
  return markup`<p class="note">${text}</p>`;
}

/** `1,204` */
export function number(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 2 });
}

/** `1 session`, `1,204 sessions` */
export function count(value: number, one: string): string {
  return `${number(value)} ${one}${value === 1 ? "" : "s"}`;
}

/** `0.42 ms`, `12 ms`, `1.2 s`, `2 min 5 s`; a dash when it is not known. */
export function duration(milliseconds: number | null): string {
  if (milliseconds === null) return "–";
  if (milliseconds < 999.5) return `${number(milliseconds < 10 ? milliseconds : Math.round(milliseconds))} ms`;
  return inSeconds(milliseconds);
}

const colourCount = 8;

/** Gives each model a colour. The name is always written beside it. */
export class Palette {
  /** @param models the most frequent first: only the first few get a colour of their own */
  constructor(private readonly models: readonly string[]) {}

  classOf(model: string | null): string {
    if (model === null) return "mx";
    const at = this.models.indexOf(model);
    return at < 0 || at >= colourCount ? "mn" : `m${at}`;
  }

  chip(model: string | null): Markup {
    if (model === null) return markup`<span class="chip mx">no answer</span>`;
    return markup`<span class="chip ${this.classOf(model)}" title="${model}">${model}</span>`;
  }
}
