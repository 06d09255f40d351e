import assert from "node:assert/strict";
import { benchUsage, readBenchRequest } from "./index";

describe("npm run bench", () => {
  it("measures everything, or the parts that are named", () => {
    assert.deepEqual(readBenchRequest([]), { size: "full", parts: ["verifier", "growth", "stack"] });
    assert.deepEqual(readBenchRequest(["stack", "growth"]), { size: "full", parts: ["growth", "stack"] });
  });

  it("measures less when it is to be quick, and nothing to write the page", () => {
    assert.deepEqual(readBenchRequest(["quick"]), { size: "quick", parts: ["verifier", "growth"] });
    assert.deepEqual(readBenchRequest(["page"]), { size: "full", parts: [] });
    assert.deepEqual(readBenchRequest(["empty-caches=a b.json"]), { size: "full", parts: [], emptyCaches: "a b.json" });
  });

  it("takes nothing else", () => {
    for (const args of [["fast"], ["quick", "growth"], ["growth", "page"], ["empty-caches="], ["stack", "stack"]])
      assert.equal(readBenchRequest(args), undefined, args.join(" "));
    assert.match(benchUsage, /^usage: npm run bench .*quick.*page.*verifier.*growth.*stack.*empty-caches=FILE/);
  });
});
