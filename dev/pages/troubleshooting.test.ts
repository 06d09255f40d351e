import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { brokenLink, cells, inlineCode, links, project, readPage } from "./markdown";
import { internal } from "./troubleshooting-internal";
import { Matcher } from "./troubleshooting-match";
import { entriesOf, othersOwnIn } from "./troubleshooting-page";
import { said } from "./troubleshooting-said";
import { readSources, type SourceText } from "./troubleshooting-sources";
import { firstLineOf, readings } from "./troubleshooting-text";

const pages = readdirSync(join(project, "docs"))
  .filter((name) => /^troubleshooting.*\.md$/.test(name))
  .map((name) => `docs/${name}`);
const entries = pages.flatMap(entriesOf);
const others = pages.flatMap(othersOwnIn);

describe("troubleshooting", function () {
  // All sources are parsed, and each message is looked for in all of them.
  this.timeout(120_000);
  let sources: readonly SourceText[] = [];
  let matcher: Matcher;
  before(() => {
    sources = readSources();
    matcher = new Matcher(sources);
  });

  for (const page of pages) {
    it(`${page} has messages as the code says them`, () => {
      const wrong = entries.filter((it) => it.page === page && matcher.find(it.message).size === 0);
      assert.deepEqual(
        wrong.map(({ message }) => message),
        [],
        `${page}: nothing in the code says this (any more)`,
      );
    });

    it(`${page} has its rows in the order of their letters`, () => {
      for (const table of tablesOf(page)) assert.deepEqual(table, [...table].sort(byLetters));
    });

    it(`${page} links to pages and headings that exist`, () => {
      const read = readPage(page);
      assert.deepEqual(
        links(read).flatMap((target) => brokenLink(read, target) ?? []),
        [],
      );
    });
  }

  it("README.md has messages as the code says them", () => {
    const wrong = entriesOf("README.md")
      .map(({ message }) => message)
      .filter((message) => matcher.find(message).size === 0 && !others.some((other) => message.includes(other)));
    assert.deepEqual(wrong, [], "README.md: nothing in the code says this (any more)");
  });

  it("explains every message of the code", () => {
    const explained = new Set(entries.flatMap(({ message }) => [...matcher.find(message)]));
    const left = sources.filter(({ isMessage, text }) => isMessage && !explained.has(text));
    const unknown = left.filter((it) => !internal.some((known) => isInternal(it, known)));
    assert.deepEqual(
      unknown.map(({ where, text }) => `${where}: ${text}`),
      [],
      "these need an entry in docs/troubleshooting*.md, or a reason in dev/pages/troubleshooting-internal.ts",
    );
    const idle = internal.filter((known) => !left.some((it) => isInternal(it, known)));
    assert.deepEqual(idle, [], "troubleshooting-internal.ts has what is explained by now, or is not said any more");
  });

  describe("explains what is really said:", () => {
    for (const [about, say] of Object.entries(said)) {
      it(about, async () => {
        const line = firstLineOf(await say());
        const found = entries.some(({ message }) => readings(line, message.replace(/<[\w ]+>/g, "…")).length > 0);
        assert.ok(found, `no page has: ${line}`);
      });
    }
  });
});

function isInternal(it: { readonly where: string; readonly text: string }, known: (typeof internal)[number]): boolean {
  return known.where.test(it.where) && it.text.startsWith(known.text ?? "");
}

/** First cells of each table of messages, as they are sorted. */
function tablesOf(page: string): string[][] {
  const tables: string[][] = [];
  for (const line of readPage(page).prose) {
    const [first] = cells(line);
    if (first === undefined) tables.push([]);
    else if (first.startsWith("`")) tables.at(-1)?.push(first);
  }
  return tables.filter((table) => table.length > 1);
}

function byLetters(a: string, b: string): number {
  const [one = "", other = ""] = [a, b].map(lettersOf);
  return one < other ? -1 : one > other ? 1 : 0;
}

/** The first message of a cell from its first letter on. */
function lettersOf(cell: string): string {
  const [message = ""] = inlineCode(cell);
  return message
    .replace(/<[\w ]+>/g, "…")
    .replace(/^[^A-Za-z0-9]+/, "")
    .toLowerCase();
}
