import assert from "node:assert/strict";
import { quantile } from "../../../verify/run/request-log";

describe("quantile", () => {
  it("is the nearest rank, and null without values", () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => i + 1);
    assert.deepEqual([quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1)], [50, 99, 100]);
    assert.equal(quantile(Float64Array.of(7.126), 0.5), 7.13);
    assert.equal(quantile(new Float64Array(), 0.5), null);
  });
});
