import assert from "node:assert/strict";
import { drawHistories } from "../../../verify/testing/made-up-histories";
import { accuses, type History, type Oracle, porcupine } from "../../oracle/porcupine";

describe("Porcupine, a checker that is not ours, and the register checker", function () {
  this.timeout(120_000);
  let oracle: Oracle;
  before(async function () {
    oracle = await porcupine(this);
  });

  /** @returns how many histories both accuse */
  async function assertAgreement(histories: readonly History[]): Promise<number> {
    const said = await oracle(histories);
    for (const [i, history] of histories.entries()) {
      assert.equal(said[i], !accuses(history), `Porcupine says ${said[i]} of ${JSON.stringify(history)}`);
    }
    return said.filter((legal) => legal === false).length;
  }

  for (const kind of ["raced", "outlived"] as const) {
    it(`agree on made-up histories: ${kind}`, async () => {
      const drawn = drawHistories(kind, 1_000);
      const accused = await assertAgreement(drawn);
      assert.ok(accused > 100 && accused < 980, `${accused} of ${drawn.length} were accused`);
    });
  }

  it("accuse no history of a register, and Porcupine all that ours accuses", async () => {
    const legal = drawHistories("legal", 300);
    const drawn = drawHistories("corrupted", 1_000);
    const said = await oracle([...legal, ...drawn]);
    assert.ok(said.filter((it) => it === undefined).length < 10, "Porcupine takes too long");
    assert.ok(!said.slice(0, legal.length).includes(false));
    const illegal = drawn.filter((_, i) => said[legal.length + i] === false);
    const accused = drawn.filter(accuses);
    for (const history of accused) assert.notEqual(said[legal.length + drawn.indexOf(history)], true, JSON.stringify(history));
    assert.ok(accused.length > 0.9 * illegal.length, `${accused.length} of ${illegal.length} were accused`);
  });
});
