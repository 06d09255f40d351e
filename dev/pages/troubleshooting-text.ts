/** The first line, with one `…` for variables that follow one another. */
export function firstLineOf(text: string): string {
  return (text.split("\n")[0] ?? "").replace(/…+/g, "…").trim();
}

/** How many words a text has that are not variables. */
export function wordsIn(text: string): number {
  return (text.match(/\p{L}{2,}/gu) ?? []).length;
}

/** Ways to read one text as another that are looked at: more are of texts that have hardly a word. */
const mostReadings = 50;

/**
 * How a documented text can be one of the program's: what stands in it where the program has variables, for each way to
 * read it. Every word of the program's text has to be there. A documented text that ends with `…` may leave out the rest.
 */
export function readings(documented: string, source: string): string[][] {
  const isCut = documented.endsWith("…");
  const text = isCut ? documented.slice(0, -1).trimEnd() : documented;
  const [first = "", ...chunks] = source.split("…");
  const found: string[][] = [];
  const read = (from: number, next: number, variables: readonly string[]): void => {
    const chunk = chunks[next];
    const rest = text.slice(from);
    if (chunk === undefined) {
      if (rest === "") found.push([...variables]);
      return;
    }
    const isLast = next === chunks.length - 1;
    for (const at of isLast ? [rest.length - chunk.length] : placesOf(chunk, rest)) {
      if (found.length >= mostReadings) return;
      if (at >= 0 && rest.startsWith(chunk, at)) read(from + at + chunk.length, next + 1, [...variables, rest.slice(0, at)]);
    }
    if (isCut) for (const variable of beginnings(rest, chunk)) found.push([...variables, variable]);
  };
  if (text.startsWith(first)) read(first.length, 0, []);
  else if (isCut && first.startsWith(text)) found.push([]);
  if (!isCut) return found;
  // What the end is cut from may be a variable.
  return found.map((variables) =>
    variables.map((it, i) => (i === variables.length - 1 && it !== "" && text.endsWith(it) ? `${it}…` : it)),
  );
}

function placesOf(chunk: string, text: string): number[] {
  return Array.from({ length: text.length + 1 }, (_, at) => at).filter((at) => text.startsWith(chunk, at));
}

/** What stands before the text's end, where that is the beginning of the chunk. */
function beginnings(rest: string, chunk: string): string[] {
  const lengths = Array.from({ length: Math.min(rest.length, chunk.length - 1) + 1 }, (_, length) => length);
  return lengths
    .filter((length) => rest.endsWith(chunk.slice(0, length).trimEnd()) && chunk.slice(0, length).trimEnd().length === length)
    .map((length) => rest.slice(0, rest.length - length));
}
