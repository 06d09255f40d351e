import assert from "node:assert/strict";
import { quantile, RequestLog } from "./request-log";

describe("quantile", () => {
  it("is the nearest rank, and null without values", () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => i + 1);
    assert.deepEqual([quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1)], [50, 99, 100]);
    assert.equal(quantile(Float64Array.of(7.126), 0.5), 7.13);
    assert.equal(quantile(new Float64Array(), 0.5), null);
  });
});

describe("RequestLog", () => {
  it("keeps latencies by replica, in buckets that add up", () => {
    const log = new RequestLog();
    for (const ms of [0.5, 1, 1.5, 30, 20_000]) log.answered("a", ms);
    log.answered("b", 3);
    const [a, b] = log.latencies();
    assert.deepEqual([a?.replica, a?.count, a?.p50Ms, a?.maxMs], ["a", 5, 1.5, 20_000]);
    const filled = a?.buckets.filter(({ count }) => count > 0).map(({ leMs, count }) => [leMs, count]);
    assert.deepEqual(filled, [
      [1, 2],
      [2, 1],
      [50, 1],
      [null, 1],
    ]);
    assert.deepEqual([b?.replica, b?.count], ["b", 1]);
  });
});
