import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { scripts, version } from "../../package.json";
import { brokenLinks, project, readArguments, readPage, shellLines } from "./testing/markdown";

const inDocs = readdirSync(join(project, "docs")).filter((name) => name.endsWith(".md"));
const pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", ...inDocs.map((name) => `docs/${name}`)].map(readPage);

/** Commands that npm has by itself. */
const npmCommands = ["ci", "install", "pack", "ping", "pkg", "publish", "start", "test"];

/** The words behind `plano-affinity verify` or `npm run verify --` in a command; undefined for others. */
function verifierArguments(line: string): string[] | undefined {
  const [, rest] = /^(?:plano-affinity verify|npm run (?:--silent )?verify(?: --|$))(.*)$/.exec(line) ?? [];
  const [own] = rest?.split(/ [|>&]/) ?? [];
  return own?.split(/\s+/).filter((word) => word !== "");
}

for (const page of pages) {
  describe(page.path, () => {
    it("links to files and headings that exist", () => assert.deepEqual(brokenLinks(page), []));

    // Changes of the past name scripts of the past.
    if (page.path === "CHANGELOG.md") return;
    it("names npm scripts and options of the verifier that exist", () => {
      for (const line of shellLines(page)) {
        for (const [, run, script = ""] of line.matchAll(/\bnpm (run )?(?:--silent )?([a-z][\w:-]*)/g)) {
          const known = run === undefined ? npmCommands : Object.keys(scripts);
          assert.ok(known.includes(script), `${line}: there is no such script`);
        }
        const words = verifierArguments(line);
        if (words !== undefined && !line.includes("…") && !line.includes("[")) {
          assert.doesNotThrow(() => readArguments(words), line);
        }
      }
    });
  });
}

it("CHANGELOG.md begins with the version of package.json", () => {
  const [first] = readPage("CHANGELOG.md").prose.filter((line) => line.startsWith("## "));
  assert.ok(first?.startsWith(`## [${version}] - `), first);
});

it("docs/README.md lists every page", () => {
  const text = readPage("docs/README.md").prose.join("\n");
  assert.deepEqual(
    readdirSync(join(project, "docs")).filter((name) => /\.(md|yml)$/.test(name) && !text.includes(`](${name})`)),
    ["README.md"],
  );
});
