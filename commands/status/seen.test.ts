import assert from "node:assert/strict";
import { age, when } from "./age";
import { see } from "./seen";
import { spreadOf } from "./spread";

describe("what was seen", () => {
  it("is a value, or why there is none, in one line", async () => {
    assert.deepEqual(await see(async () => 3), { value: 3 });
    assert.deepEqual(await see(() => Promise.reject(new Error("first\n  second"))), { why: "first second" });
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what is no Error is what is tried
    assert.deepEqual(await see(() => Promise.reject("text")), { why: "text" });
  });
});

describe("an age", () => {
  it("is rough, and never negative", () => {
    const ages = [-1, 0, 119_999, 120_000, 7_199_000, 7_200_000, 172_799_000, 172_800_000].map(age);
    assert.deepEqual(ages, ["0 s", "0 s", "119 s", "2 min", "119 min", "2 h", "47 h", "2 d"]);
  });

  it("stands behind its moment", () => {
    assert.equal(
      when(new Date("2026-03-01T11:57:00.700Z"), new Date("2026-03-01T12:00:05Z")),
      "2026-03-01 11:57:00 UTC, 3 min ago",
    );
  });
});

describe("a spread", () => {
  it("has no ends without numbers", () => {
    assert.equal(spreadOf([]), undefined);
    assert.deepEqual(spreadOf([5]), { least: 5, median: 5, most: 5 });
    assert.deepEqual(spreadOf([10, 9, 100, 1]), { least: 1, median: 9, most: 100 });
  });
});
