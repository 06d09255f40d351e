import assert from "node:assert/strict";
import { closingLines, sum } from "./counts";

describe("the end of npm test", () => {
  it("repeats what failed and what was skipped in any stage, and counts all", () => {
    const one = { passed: 3, failed: [{ title: "a pin is kept", reason: "2 !== 1" }], skipped: [] };
    const other = { passed: 4, failed: [], skipped: [{ title: "a page is drawn", reason: "" }] };
    assert.deepEqual(closingLines(sum([one, other])), [
      "failed: a pin is kept (2 !== 1)",
      "skipped: a page is drawn",
      "7 passed, 1 failed, 1 skipped",
    ]);
  });
});
