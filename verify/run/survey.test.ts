import assert from "node:assert/strict";
import { paceOf } from "./survey";

describe("the pace while a deployment is disturbed", () => {
  for (const [perSecond, wanted, pace] of [
    [400, 20, 20],
    [20, 20, 20],
    [13, 20, 4],
    [2, 20, 1],
    [0, 150, 1],
  ] as const) {
    it(`is ${pace} of ${wanted} requests a second where the survey had ${perSecond}`, () =>
      assert.equal(paceOf({ perSecond }, wanted), pace));
  }
});
