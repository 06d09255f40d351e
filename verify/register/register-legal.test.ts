import assert from "node:assert/strict";
import fc from "fast-check";
import { judgeRegister } from ".";
import { legalHistory } from "../testing/register-simulator";

const runs = 2_000;

describe("the register checker, on legal histories", function () {
  this.timeout(60_000);

  it("accuses none, and has something to judge in most", () => {
    let settled = 0;
    let severalTimes = 0;
    fc.assert(
      fc.property(legalHistory(), ({ events, ...lifetime }) => {
        const judgement = judgeRegister(events, lifetime);
        assert.deepEqual(judgement.violations, []);
        if (judgement.settled.length > 0) settled++;
        if (judgement.settled.length > 1) severalTimes++;
      }),
      { numRuns: runs },
    );
    assert.ok(settled > runs / 2 && severalTimes > runs / 4, `${settled} and ${severalTimes} of ${runs}`);
  });
});
