import { cells, inlineCode, readPage } from "./markdown";

/** A message that a page explains. */
interface Entry {
  readonly page: string;
  /** As it stands there: `…` and `<name>` are variables. */
  readonly message: string;
}

/** Sections with messages of other programs. */
const othersOwn = /^#+ Pulumi's own/;

/** The first cells of heads of tables whose rows begin with messages. */
const heads = /^(message|reason)\b/;

/** All messages of a page's tables, but those of other programs. A cell may hold several. */
export function entriesOf(path: string): Entry[] {
  return read(path).ours;
}

/** Messages of other programs, which nothing in this project's code says. */
export function othersOwnIn(path: string): string[] {
  return read(path).theirs.map(({ message }) => message);
}

function read(path: string): { readonly ours: Entry[]; readonly theirs: Entry[] } {
  const found = { ours: [] as Entry[], theirs: [] as Entry[] };
  let section: keyof typeof found = "ours";
  let isListed = false;
  for (const line of readPage(path).prose) {
    if (line.startsWith("#")) section = othersOwn.test(line) ? "theirs" : "ours";
    const [first] = cells(line);
    if (first === undefined) isListed = false;
    else if (heads.test(first)) isListed = true;
    else if (isListed) found[section].push(...inlineCode(first).map((message) => ({ page: path, message })));
  }
  return found;
}
