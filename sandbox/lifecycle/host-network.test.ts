import assert from "node:assert/strict";
import { freeIndex, linkName } from "./host-network";
import { networkOf } from "../node/spec";

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

  it("gives each sandbox its own addresses and link", () => {
    const [one, two] = [networkOf(0), networkOf(255)];
    assert.equal(one.nodeAddress, "10.231.0.2");
    assert.equal(two.nodeAddress, "10.231.255.2");
    assert.notEqual(one.podCidr, two.podCidr);
    // A link's name has 15 characters at most.
    assert.equal(linkName(255), "plano255");
  });
});
