import assert from "node:assert/strict";
import { freeIndex } from "./host-network";

describe("the address range of a sandbox", () => {
  const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

  it("is the first that is free", () => {
    assert.equal(freeIndex(new Set(), ["127.0.0.1", "fe80::1"]), 0);
    assert.equal(freeIndex(new Set([0, 1, 3]), []), 2);
  });

  it("is not in use on the machine", () => {
    assert.equal(freeIndex(new Set([1]), ["10.231.0.17", "10.231.2.1"]), 3);
    assert.equal(freeIndex(new Set([0]), ["10.231.10.1", "110.231.1.1"]), 1, "whole numbers are compared, not their beginnings");
  });

  it("is refused when none is left", () => {
    const message =
      "no address range is left for another sandbox: 10.231.0.0/16 is in use; destroy a stack that is no longer needed";
    assert.equal(freeIndex(new Set(range(255)), []), 255);
    assert.throws(() => freeIndex(new Set(range(256)), []), { message });
    assert.throws(() => freeIndex(new Set(range(255)), ["10.231.255.9"]), { message });
  });
});
