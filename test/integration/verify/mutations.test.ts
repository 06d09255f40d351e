import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { expectedVerdict, namers, shortcomings } from "../../../dev/mutations/mutation";
import { healthyLine } from "../../../dev/mutations/page";
import { type Played, playMutations } from "../../../dev/mutations/play";
import { Scene } from "../../../dev/mutations/scene";
import { mutations } from "../../../dev/mutations/table";
import { faults, findFault } from "../../../standin/gateway/faults";

describe("the verifier, on a gateway with a bug", function () {
  this.timeout(120_000);
  let scene: Scene;
  let played: readonly Played[];

  before(async () => {
    scene = await Scene.start();
    played = await playMutations(scene);
  });
  after(() => scene?.[Symbol.asyncDispose]());

  for (const [at, mutation] of mutations.entries()) {
    if (mutation.shownElsewhere !== undefined) continue;
    it(`${mutation.fault}: ${namers(mutation).join(", ")} says ${expectedVerdict(mutation)}`, () => {
      const outcome = played[at]?.outcome;
      assert.ok(outcome !== undefined, "it was not played");
      assert.deepEqual(shortcomings(mutation, outcome), []);
    });
  }
});

describe("the table of mutations", () => {
  for (const { name, caughtBy } of faults.filter(({ name }) => name !== "none")) {
    it(`has the fault ${name}, and the checks that the stand-in says catch it`, () => {
      const named = mutations.filter(({ fault }) => fault === name).flatMap(namers);
      assert.deepEqual(named.sort(), [...caughtBy].sort());
    });
  }

  it("has no fault that does not exist", () => {
    assert.deepEqual(
      mutations.filter(({ fault }) => findFault(fault) === undefined),
      [],
    );
  });
});

describe("docs/faults.md", () => {
  const text = readFileSync("docs/faults.md", "utf8");
  const rows = text
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

  it("lists exactly the faults that exist, in the order of the table", () => {
    assert.deepEqual(
      rows.map(([fault]) => fault),
      mutations.map(({ fault }) => `\`${fault}\``),
    );
  });

  for (const [at, mutation] of mutations.entries()) {
    it(`says of ${mutation.fault} (${namers(mutation).join(", ")}) what the stand-in and the table say`, () => {
      const [, imitates, checks, said = "", verdict = ""] = rows[at] ?? [];
      assert.equal(imitates, findFault(mutation.fault)?.imitates);
      assert.equal(
        checks,
        namers(mutation)
          .map((id) => `\`${id}\``)
          .join(", "),
      );
      const [first] = namers(mutation);
      assert.ok(first !== undefined);
      const { unknownBecause, shownElsewhere } = mutation;
      if (shownElsewhere === undefined) assert.match(said, mutation.named[first] ?? /$^/);
      else assert.equal(said, `(${shownElsewhere})`);
      assert.equal(verdict, unknownBecause === undefined ? "fail" : `unknown: ${unknownBecause}`);
    });
  }

  it("says how often a healthy gateway was verified", () => {
    assert.ok(text.includes(healthyLine()));
  });
});
