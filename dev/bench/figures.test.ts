import assert from "node:assert/strict";
import { type Figure, median, misses, renderFigures } from "./figures";

describe("the benchmark's figures", () => {
  const figure: Figure = { what: "a run", value: 1, unit: "s", note: "one run" };

  for (const [target, missed, shown] of [
    [{}, false, "– │ 1.00 s "],
    [{ most: 1 }, false, "≤ 1.00 s │ 1.00 s "],
    [{ most: 0.99 }, true, "≤ 0.99 s │ 1.00 s: missed "],
    [{ least: 1 }, false, "≥ 1.00 s │ 1.00 s "],
    [{ least: 1.01 }, true, "≥ 1.01 s │ 1.00 s: missed "],
  ] as const)
    it(`meet or miss their target: ${shown}`, () => {
      assert.equal(misses({ ...figure, ...target }), missed);
      assert.ok(
        renderFigures([{ ...figure, ...target }])
          .replaceAll(/ +/g, " ")
          .includes(`│ ${shown}│`),
      );
    });

  it("are the middle of several runs", () => assert.deepEqual([median([3, 1, 2]), median([4, 1, 3, 2])], [2, 2]));
});
