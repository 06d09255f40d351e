import assert from "node:assert/strict";
import { github, gitlab, textOf } from "./gate-files";
import { planoReleases, versionsOf } from "../../settings/plano/releases";
import { cells, inlineCode, missingFiles, readPage } from "./markdown";
import { asked } from "./gate-words";

describe("the CI files", () => {
  it("name pages that exist", () => {
    for (const path of [github, gitlab]) {
      const named = [...textOf(path).matchAll(/\bdocs\/[\w.-]+\w/g)].map(([page]) => `\`${page}\``);
      assert.ok(named.length > 0);
      assert.deepEqual(missingFiles({ path, prose: named, fences: [] }), []);
    }
  });

  it("are those of docs/proof.md", () => {
    const text = readPage("docs/proof.md").prose.join("\n");
    for (const path of [github, gitlab]) assert.ok(text.includes(`](${path.replace("docs/", "")})`));
    assert.ok(text.includes("`allow_unknown: true`") && text.includes("`exit_codes: [2]`"));
  });

  it("are told by docs/proof.md what they need for releases whose pins are anchored", () => {
    const told = readPage("docs/proof.md")
      .prose.map(cells)
      .flatMap(([set = "", given = ""]) => {
        const [, first, last = first] = /^`planoVersion` ([\d.]+)(?: to ([\d.]+))?$/.exec(set) ?? [];
        if (first === undefined || last === undefined) return [];
        const { pin, ttlSeconds } = asked(["verify", ...(inlineCode(given)[0]?.split(" ") ?? [])]).options;
        return versionsOf({ first, last }).map((version) => [version, pin, ttlSeconds]);
      });
    const known = planoReleases.filter(({ keeps }) => keeps === "anchored");
    assert.deepEqual(
      told,
      known.flatMap((row) => versionsOf(row).map((version) => [version, row.keeps, row.ttlSeconds])),
    );
  });
});
