import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { expectedVerdict, namers, shortcomings, titleOf } from "../../../dev/mutations/mutation";
import { page } from "../../../dev/mutations/page";
import { type Played, playMutations, Scene } from "../../../dev/mutations/play";
import { mutations } from "../../../dev/mutations/table";
import { faultNames } from "../../../standin/fault-names";
import { defaultOptions, verify } from "../../../verify";
import { accuses, historiesOf, porcupine } from "../../oracle/porcupine";

describe("the verifier, on a gateway with a bug", function () {
  this.timeout(300_000);
  let scene: Scene;
  let played: readonly Played[];

  before(async () => {
    scene = await Scene.start();
    played = await playMutations(scene);
  });
  after(() => scene?.[Symbol.asyncDispose]());

  for (const [at, mutation] of mutations.entries()) {
    if (mutation.shownElsewhere !== undefined) continue;
    it(`${titleOf(mutation)}: ${namers(mutation).join(", ")} says ${expectedVerdict(mutation)}`, () => {
      const outcome = played[at]?.outcome;
      assert.ok(outcome !== undefined, "it was not played");
      assert.deepEqual(shortcomings(mutation, outcome), []);
    });
  }

  it("has races and ends of pins that Porcupine judges as ours does, and so has a healthy one", async function () {
    const oracle = await porcupine(this);
    const options = { ttlSeconds: 5, checks: ["control", "race", "expiry"] } as const;
    const healthy = await scene.deploy({ ttlSeconds: options.ttlSeconds }, (target) =>
      verify({ ...defaultOptions, ...options, target }),
    );
    assert.equal(healthy.verdict, "pass", healthy.reason ?? "");
    for (const { checks } of [healthy, ...played.flatMap(({ outcome }) => outcome ?? [])]) {
      const histories = historiesOf(checks);
      const illegal = (await oracle(histories)).map((legal) => legal === false);
      assert.deepEqual(illegal, histories.map(accuses), JSON.stringify(histories));
      const accused = checks.some(({ id, verdict }) => (id === "race" || id === "expiry") && verdict === "fail");
      assert.equal(illegal.includes(true), accused);
    }
  });
});

describe("the table of mutations", () => {
  it("has every fault and no other, and a check that names each", () => {
    assert.deepEqual([...new Set(mutations.map(({ fault }) => fault))].sort(), faultNames.slice(1).sort());
    assert.ok(mutations.every((mutation) => namers(mutation).length > 0));
    assert.ok(new Set(mutations.map(titleOf)).size >= 45);
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
      return { mutation, outcome: { verdict, reason: null, checks: [{ id, verdict, summary }] } };
    });
    assert.equal(page(written), text);
  });
});
