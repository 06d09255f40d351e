import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import type { Screen } from "./look";
import { age, type Row } from "./rows";
import { renderStatus } from "./screen";

const screen: Screen = {
  rows: [
    ["stack", "dev, namespace plano-demo; last update succeeded, 3 min ago", "plain"],
    ["replicas", "2 of 2 ready", "good"],
    ["verdict", `pass (2026-03-01 11:57:00 UTC, 3 min ago); ${"pinning pass, ".repeat(4)}traces pass`, "good"],
  ],
  replicas: [
    { name: "plano-f565x", state: "ready", age: "3 min", restarts: 0, node: "node" },
    { name: "plano-xw6vs", state: "ready", age: "95 s", restarts: 1, node: "–" },
  ],
};
const plain = { color: false, tables: true };

describe("the status screen", () => {
  it("is a table on a terminal, and one line a row in a pipe", () => {
    assert.equal(`\n${renderStatus(screen, plain)}\n`, golden);
    assert.equal(`\n${renderStatus(screen, { color: false, tables: false })}\n`, piped);
  });

  it("is at most 100 columns wide, also with long words, and loses none of them", () => {
    const image = `registry.example.com/${"very-long-name/".repeat(12)}plano:0.4.27`;
    const row: Row = ["gateway", image, "plain"];
    const drawn = renderStatus({ ...screen, rows: [row] }, plain);
    for (const line of drawn.split("\n")) assert.ok(line.length <= 100, `${line.length} characters: ${line}`);
    assert.ok(drawn.replaceAll(/[│\s]/g, "").includes(image), drawn);
  });

  it("has colours only where they are wanted", () => {
    const colored = renderStatus(screen, { color: true, tables: true });
    assert.notEqual(colored, stripVTControlCharacters(colored));
    assert.equal(stripVTControlCharacters(colored), renderStatus(screen, plain));
  });

  it("rounds ages, and shows none below zero", () => {
    const ages = [-1, 0, 119_999, 120_000, 7_199_000, 7_200_000, 172_799_000, 172_800_000].map(age);
    assert.deepEqual(ages, ["0 s", "0 s", "119 s", "2 min", "119 min", "2 h", "47 h", "2 d"]);
  });
});

const golden = `
┌─────────────┬────────────────────────────────────────────────────────────────────────────────────┐
│ stack       │ dev, namespace plano-demo; last update succeeded, 3 min ago                        │
│ replicas    │ 2 of 2 ready                                                                       │
│ verdict     │ pass (2026-03-01 11:57:00 UTC, 3 min ago); pinning pass, pinning pass, pinning     │
│             │ pass, pinning pass, traces pass                                                    │
└─────────────┴────────────────────────────────────────────────────────────────────────────────────┘
┌─────────────┬───────┬───────┬──────────┬──────┐
│ replica     │ state │ age   │ restarts │ node │
├─────────────┼───────┼───────┼──────────┼──────┤
│ plano-f565x │ ready │ 3 min │ 0        │ node │
│ plano-xw6vs │ ready │ 95 s  │ 1        │ –    │
└─────────────┴───────┴───────┴──────────┴──────┘
`;

const piped = `
stack       dev, namespace plano-demo; last update succeeded, 3 min ago
replicas    2 of 2 ready
replica     plano-f565x: ready, age 3 min, 0 restarts, on node node
replica     plano-xw6vs: ready, age 95 s, 1 restarts, on node –
verdict     pass (2026-03-01 11:57:00 UTC, 3 min ago); pinning pass, pinning pass, pinning pass, pinning pass, traces pass
`;
