import type { SourceText } from "./troubleshooting-sources";
import { firstLineOf, readings, wordsIn } from "./troubleshooting-text";

/** A variable of one text may be another text, as a reason within a sentence; so many deep. */
const mostNested = 3;

/** Finds the texts of the programs that a documented message is, or is put together of. */
export class Matcher {
  /** Texts with words of their own around their variables. */
  readonly #texts: readonly { readonly text: string; readonly chunks: readonly string[] }[];
  readonly #all: ReadonlySet<string>;
  readonly #known = new Map<string, ReadonlySet<string>>();

  constructor(sources: readonly SourceText[]) {
    const messages = new Set(sources.filter(({ isMessage }) => isMessage).map(({ text }) => text));
    this.#all = new Set(sources.map(({ text }) => text));
    this.#texts = [...this.#all]
      .filter((text) => wordsIn(text) > (messages.has(text) ? 0 : 1))
      .map((text) => ({ text, chunks: text.split("…") }));
  }

  /** @returns none when the programs say nothing like it */
  find(message: string): ReadonlySet<string> {
    const exact = this.#find(message, 0);
    return exact.size > 0 ? exact : this.#find(message.replace(/<[\w ]+>/g, "…"), 0);
  }

  #find(message: string, depth: number): ReadonlySet<string> {
    const documented = firstLineOf(message);
    const known = this.#known.get(documented);
    if (known !== undefined) return known;
    const found = new Set<string>(this.#all.has(documented) ? [documented] : []);
    if (depth < mostNested) {
      const [longest = ""] = documented.split("…").sort((a, b) => b.length - a.length);
      for (const { text, chunks } of this.#texts) {
        if (documented !== text && canBe(documented, longest.trim(), chunks)) {
          for (const variables of readings(documented, text)) {
            // What is cut short must have come to words of the text itself.
            const own = wordsIn(documented) - wordsIn(variables.join(" "));
            if (own >= Math.min(2, wordsIn(text))) this.#accept(text, variables, depth, found);
          }
        }
      }
      const { name, rest } = framed(documented);
      if (name === "…" || this.#all.has(name)) for (const text of this.#find(rest, depth)) found.add(text);
    }
    this.#known.set(documented, found);
    return found;
  }

  #accept(text: string, variables: readonly string[], depth: number, found: Set<string>): void {
    const nested: ReadonlySet<string>[] = [];
    for (const variable of variables) {
      const texts = this.#explain(variable, depth);
      if (texts === undefined) return;
      nested.push(texts);
    }
    found.add(text);
    for (const one of nested.flatMap((it) => [...it])) found.add(one);
  }

  /** The texts that stand at a variable's place; undefined when it is none of the programs'. */
  #explain(variable: string, depth: number): ReadonlySet<string> | undefined {
    const text = variable.replace(/^[\s,;:("]+|[\s,;:"]+$/g, "");
    if (wordsIn(text) === 0) return new Set();
    const { name, rest } = framed(text);
    if (this.#all.has(name) && wordsIn(rest) === 0) return new Set();
    const found = [text, text.replace(/\)$/, "")].map((it) => this.#find(it, depth + 1));
    return found.find(({ size }) => size > 0);
  }
}

/** A setting, a check or a session, and what is said of it. */
function framed(text: string): { readonly name: string; readonly rest: string } {
  const [, name = "", rest = ""] = /^([\w-]+|…): (.+)$/.exec(text) ?? [];
  return { name, rest };
}

/** Quickly, whether a text is worth a closer look. */
function canBe(documented: string, longest: string, chunks: readonly string[]): boolean {
  const [first = "", second = ""] = chunks;
  if (!documented.endsWith("…")) return documented.startsWith(first) && chunks.every((chunk) => documented.includes(chunk));
  if (!documented.startsWith(first) && !first.startsWith(documented.slice(0, -1).trimEnd())) return false;
  return first !== "" || documented.includes(second) || second.includes(longest);
}
