import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { project, readPage } from "./markdown";

const folder = join(project, "docs", "pictures");
const textOf = (name: string): string => readFileSync(join(folder, name), "utf8");

describe("docs/pictures", () => {
  const drawn = ["architecture.svg", "proof.svg"];

  for (const name of readdirSync(folder)) {
    it(`${name} is small, and says nothing of the machine that it was made on`, () => {
      const text = textOf(name);
      assert.ok(statSync(join(folder, name)).size <= 200_000);
      assert.doesNotMatch(text, /(^|[\s"'(=:])\/(root|home|Users|tmp|var|work|workspace)\b/m);
      for (const own of [project, homedir()]) assert.ok(!text.includes(`${own}/`), own);
      // `user@host`, as a prompt has it.
      assert.doesNotMatch(text, /\b[\w.-]+@(?!keyframes|media)[a-z][\w-]*[:~$#]/);
    });
  }

  for (const name of drawn) {
    it(`${name} has a title and a description, colours for light and dark, and no small text`, () => {
      const text = textOf(name);
      assert.match(text, /<svg [^>]*viewBox="0 0 860 \d+" role="img" aria-labelledby="title desc">/);
      assert.match(text, /<title id="title">.+<\/title>/);
      assert.match(text, /<desc id="desc">[^<]{100,}<\/desc>/);
      assert.match(text, /@media \(prefers-color-scheme: dark\)/);
      for (const [, size] of text.matchAll(/font-size: ([\d.]+)px/g)) assert.ok(Number(size) >= 12, size);
    });

    it(`${name} has a dark colour for all that has a light one`, () => {
      const [light = "", dark = ""] = textOf(name).split("@media (prefers-color-scheme: dark)");
      const selectors = (css: string): string[] =>
        [...css.matchAll(/^\s*([^{}\n]+) \{[^}]*#[0-9a-f]{6}/gm)].flatMap(([, it = ""]) => it.split(", ")).sort();
      assert.deepEqual(selectors(dark), selectors(light));
    });
  }

  it("are all in the README, with words for those who do not see them", () => {
    const alts = readPage("README.md").prose.flatMap((line) => [...line.matchAll(/!\[([^\]]*)\]\(docs\/pictures\/([\w.]+)\)/g)]);
    assert.deepEqual(alts.map(([, , file]) => file).sort(), ["architecture.svg", "proof.svg", "run.svg"]);
    for (const [, alt = ""] of alts) assert.ok(alt.length > 40, alt);
  });

  it("have a recording that ends with a pass", () => {
    const text = textOf("run.txt");
    assert.match(text, /^\$ npm start/);
    assert.match(text, /^Affinity: pass, \d+ sessions on \d+ replicas/m);
    assert.match(textOf("run.svg"), /Affinity: pass, \d+ sessions on \d+ replicas/);
  });
});
