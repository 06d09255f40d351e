import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chapters, readMeasurements, terminal } from "../index";
import { page } from "./page";
import { render } from "../store";
import { sample } from "../testing/sample";

const docs = join(__dirname, "..", "..", "..", "docs");

describe("docs/performance.md", () => {
  it("is what docs/performance.json gives, and so are its pictures: `npm run bench -- page` writes them", async () => {
    const rendered = await render(await readMeasurements());
    for (const [file, text] of Object.entries(rendered)) assert.equal(readFileSync(join(docs, file), "utf8"), text, file);
    const pictures = readdirSync(join(docs, "pictures")).filter((name) => name.startsWith("growth-"));
    assert.deepEqual(pictures.map((name) => `pictures/${name}`).sort(), Object.keys(rendered).slice(1).sort());
  });

  it("has a table of each part, with its date and machine", () => {
    const text = page(sample);
    for (const line of [
      "| a \\| run | ≤ 1.00 s | 0.50 s | met | one run |",
      "| 100 | 0.60 s | 6.00 ms | 92 MiB | median of 3 runs |",
      "| 100,000 | 550.00 s | 5.50 ms | 300 MiB | one run |",
      "| 100,000 × 2: peak memory of the verifier | < 300 MiB | 300 MiB | **missed** | one run |",
      "| time per session at 100,000 ÷ at 1,000 | ≤ 1.20 × | 1.10 × | met | 5.50 ms and 5.00 ms per session |",
      "| 20 | 380 of 380 | 3.00 s | 140 | 1.50 s | one run |",
      "| first `up` | `npm start` | 34.00 s | median of 3 runs: 35.0, 33.0, 34.0 |",
      "| port-forward | – | 30 ms | – | one run |",
    ])
      assert.ok(text.includes(`\n${line}\n`), `${line} is missing in\n${text}`);
    assert.match(text, /With one session fewer than 20 replicas need, 139, .*“not covered .*--sessions 140 or more”/);
    assert.equal(text.match(/Measured on 2026-01-31: 2 cores\./g)?.length, 6);
    assert.match(text, /```text\n┌[^`]*│ stack: Redis │ 0\.0 s │ 10\.0 s │/);
    assert.match(text, /│ tools │ 0\.0 s │ 9 min 24 s │/);
    assert.doesNotMatch(text, /[Nn]ot measured/);
  });

  it("says what was not measured, and why", () => {
    const reason = "the sandbox needs Linux and root, and this is darwin";
    const text = page({ stack: { measuredOn: "2026-01-31", machine: "8 cores", reason } });
    assert.match(text, new RegExp(`Not measured on 2026-01-31: ${reason} \\(8 cores\\)\\.`));
    for (const part of ["verifier", "growth"]) assert.ok(text.includes(`Not measured yet: \`npm run bench -- ${part}\`.`), part);
    assert.match(text, /Not measured by `npm run bench`.*\]\(\.\.\/README\.md#measured\)/);
    assert.doesNotMatch(text, /!\[/);
  });

  it("has its tables on a terminal as well, without the prose", () => {
    const text = chapters(sample).stack.map(terminal).join("\n");
    assert.match(text, /│ first up │ npm start │ 34\.00 s │/);
    assert.doesNotMatch(text, /Measured on/);
  });
});
