import assert from "node:assert/strict";
import { rowsTable } from "./page/blocks";
import { judged, median, seconds, times } from "./row";

describe("a benchmark's rows", () => {
  const figure = { what: "a run", show: seconds, note: "one run" };

  it("say whether a target is met, the bound itself included", () => {
    assert.deepEqual(judged({ ...figure, value: 0.8, bound: { most: 0.8 } }), {
      what: "a run",
      target: "≤ 0.80 s",
      measured: "0.80 s",
      met: true,
      note: "one run",
    });
    assert.equal(judged({ ...figure, value: 0.81, bound: { most: 0.8 } }).met, false);
    assert.equal(judged({ ...figure, value: 300, bound: { below: 300 } }).met, false);
    assert.deepEqual(
      [4.99, 5].map((value) => judged({ ...figure, value, show: times, bound: { least: 5 } }).met),
      [false, true],
    );
  });

  it("have no verdict without a target", () => {
    assert.deepEqual(judged({ ...figure, value: 1 }), { what: "a run", measured: "1.00 s", note: "one run" });
  });

  it("stand in the table with target, figure and verdict; a missed target is said", () => {
    const rows = [
      judged({ ...figure, value: 2, bound: { most: 1 } }),
      judged({ ...figure, value: 1, bound: { most: 1 } }),
      judged({ ...figure, value: 1 }),
    ];
    assert.deepEqual(rowsTable(rows).lines, [
      ["a run", "≤ 1.00 s", "2.00 s", "**missed**", "one run"],
      ["a run", "≤ 1.00 s", "1.00 s", "met", "one run"],
      ["a run", "–", "1.00 s", "–", "one run"],
    ]);
  });

  it("take the middle run", () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 3, 2]), 2);
    assert.throws(() => median([]), RangeError);
  });
});
