import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { scripts, version } from "../../package.json";
import { findFault } from "../../standin/gateway/faults";
import { checkIds } from "../../verify/checks";
import { describeCommand } from "../../verify/cli/command";
import { accept, verifierArguments } from "./commands";
import { brokenLink, inlineCode, links, missingFiles, project, readPage, shellLines } from "./markdown";

const pages = [
  "README.md",
  "docs/commands.md",
  "docs/configuration.md",
  "docs/what-was-run.md",
  "docs/proof.md",
  "docs/README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
].map(readPage);

/** Scripts that npm has by itself. */
const npmCommands = ["ci", "install", "pack", "start", "test"];

for (const page of pages) {
  describe(page.path, () => {
    it("links to pages, files and headings that exist", () => {
      assert.deepEqual(
        links(page).flatMap((target) => brokenLink(page, target) ?? []),
        [],
      );
    });

    it("names files that exist", () => assert.deepEqual(missingFiles(page), []));

    it("names npm scripts that exist", () => {
      const named = shellLines(page).flatMap((line) => [...line.matchAll(/\bnpm (run )?(?:--silent )?([a-z][\w:-]*)/g)]);
      for (const [text, run, script = ""] of named) {
        const known = run === undefined ? npmCommands : Object.keys(scripts);
        assert.ok(known.includes(script), `${text}: there is no such script`);
      }
    });

    it("has excerpts that are in their files", () => {
      for (const { file, lines } of page.fences) {
        if (file === undefined) continue;
        const excerpt = lines.map((line) => line.trim()).join("\n");
        const source = readFileSync(join(project, file), "utf8").split("\n");
        assert.ok(
          source
            .map((line) => line.trim())
            .join("\n")
            .includes(excerpt),
          `${file} has no longer:\n${excerpt}`,
        );
      }
    });

    it("gives the verifier options that it knows, and checks and reports that exist", () => {
      for (const line of shellLines(page)) {
        const words = verifierArguments(line);
        if (words !== undefined) assert.doesNotThrow(() => accept(words), line);
      }
      const known = [...describeCommand().options.map(({ long }) => long), "--help"];
      for (const code of page.prose.flatMap(inlineCode)) {
        const [option] = /^--[\w-]+/.exec(code) ?? [];
        if (option !== undefined) assert.ok(known.includes(option), `${option}: there is no such option`);
      }
    });

    it("has YAML that can be read", () => {
      for (const { language, lines } of page.fences) if (language === "yaml") parse(lines.join("\n"));
    });
  });
}

describe("docs/README.md", () => {
  const index = pages.find(({ path }) => path === "docs/README.md");
  const listed = index === undefined ? [] : links(index);
  for (const file of readdirSync(join(project, "docs")).filter((name) => /\.(md|yml)$/.test(name) && name !== "README.md")) {
    it(`lists ${file}`, () => assert.ok(listed.includes(file), `docs/${file} needs a line in docs/README.md`));
  }
});

describe("CHANGELOG.md", () => {
  const { prose = [] } = pages.find(({ path }) => path === "CHANGELOG.md") ?? {};

  it("begins with the version of package.json", () => {
    assert.match(
      prose.find((line) => line.startsWith("## ")) ?? "",
      new RegExp(`^## \\[${version.replaceAll(".", "\\.")}\\] - `),
    );
  });

  it("has the headings of Keep a Changelog, and limits", () => {
    const headings = prose.filter((line) => line.startsWith("### ")).map((line) => line.slice(4));
    const known = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Known limits"];
    assert.deepEqual(
      headings.filter((heading) => !known.includes(heading)),
      [],
    );
  });

  it("names every check", () => {
    const text = prose.join("\n");
    for (const id of checkIds) assert.ok(text.includes(`\`${id}\``), id);
  });
});

describe("CONTRIBUTING.md", () => {
  it("names faults that exist", () => {
    const { fences = [] } = pages.find(({ path }) => path === "CONTRIBUTING.md") ?? {};
    const named = fences.flatMap(({ lines }) => [...lines.join("\n").matchAll(/(?:name|fault): "([\w-]+)"/g)]);
    assert.ok(named.length > 0);
    for (const [, name = ""] of named) assert.ok(findFault(name) !== undefined, name);
  });
});
