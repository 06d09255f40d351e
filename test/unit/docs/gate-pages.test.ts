import assert from "node:assert/strict";
import { github, gitlab, textOf } from "./gate-files";
import { missingFiles, readPage } from "./markdown";

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
});
