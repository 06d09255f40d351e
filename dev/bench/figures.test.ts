import assert from "node:assert/strict";
import { type Figure, median, misses, renderFigures } from "./figures";

describe("the benchmark's figures", () => {
  const figure: Figure = { what: "a run", value: 1, unit: "s", note: "one run" };
  const judged: readonly (readonly [Figure, boolean])[] = [
    [figure, false],
    [{ ...figure, target: { most: 1 } }, false],
    [{ ...figure, target: { most: 0.99 } }, true],
    [{ ...figure, target: { least: 1 } }, false],
    [{ ...figure, target: { least: 1.01 } }, true],
  ];

  it("meet their target when they equal it, and are shown with it", () => {
    assert.deepEqual(
      judged.map(([it]) => misses(it)),
      judged.map(([, missed]) => missed),
    );
    const rows = renderFigures(judged.map(([it]) => it))
      .split("\n")
      .slice(3, -1);
    const cells = rows.map((row) => row.split("│").map((it) => it.trim())).map(([, , ...row]) => row.slice(0, 3));
    assert.deepEqual(cells, [
      ["–", "1.00 s", "–"],
      ["≤ 1.00 s", "1.00 s", "met"],
      ["≤ 0.99 s", "1.00 s", "missed"],
      ["≥ 1.00 s", "1.00 s", "met"],
      ["≥ 1.01 s", "1.00 s", "missed"],
    ]);
  });

  it("are the middle of several runs", () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 3, 2]), 2);
    assert.throws(() => median([]), RangeError);
  });
});
