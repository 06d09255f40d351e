import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { expectedVerdict, namers, shortcomings } from "../../../dev/mutations/mutation";
import { page } from "../../../dev/mutations/page";
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
  it("is the page of these mutations, with what the checks that name them say", () => {
    const text = readFileSync("docs/faults.md", "utf8");
    const rows = text.split("\n").filter((line) => line.startsWith("| `"));
    const written = mutations.map((mutation, at): Played => {
      const summary = rows[at]?.split(/ (?<!\\)\| /)[3]?.replaceAll("\\|", "|") ?? "";
      const [id] = namers(mutation);
      assert.ok(id !== undefined);
      if (mutation.shownElsewhere !== undefined) return { mutation, outcome: undefined };
      assert.match(summary, mutation.named[id] ?? /$^/, mutation.fault);
      const verdict = expectedVerdict(mutation);
      return { mutation, outcome: { verdict, reason: null, exitCode: 1, checks: [{ id, verdict, summary }] } };
    });
    assert.equal(page(written), text);
  });
});
