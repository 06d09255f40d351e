import assert from "node:assert/strict";
import * as fc from "fast-check";
import { compareVersions, firstVersion } from "./tool";

describe("a version", () => {
  const said: readonly (readonly [string, string | undefined])[] = [
    ["v1.34.4", "1.34.4"],
    ["Kubernetes v1.34.4", "1.34.4"],
    ["etcd Version: 3.6.5\nGit SHA: a061450\nGo Version: go1.24.7", "3.6.5"],
    ["containerd github.com/containerd/containerd/v2 v2.0.1 88aa2f5", "2.0.1"],
    ["ip utility, iproute2-6.1.0, libbpf 1.1.2", "6.1.0"],
    ["nftables v1.0.6 (Lester Gooch #5)", "1.0.6"],
    ["Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", "7.0.15"],
    ["go1.26", "1.26"],
    ["no number here, 7 at most", undefined],
  ];
  for (const [text, version] of said) {
    it(`of "${text.split("\n")[0]}" is ${version ?? "none"}`, () => assert.equal(firstVersion(text), version));
  }

  it("compares by number, part by part, and has an order", () => {
    assert.ok(compareVersions("1.9.0", "1.10.0") < 0 && compareVersions("2.0", "1.99.99") > 0);
    assert.equal(compareVersions("1.34", "1.34.0"), 0);
    const version = fc.array(fc.nat(40), { minLength: 1, maxLength: 4 }).map((it) => it.join("."));
    fc.assert(fc.property(version, version, (a, b) => Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a)) === 0));
    fc.assert(fc.property(version, fc.nat(40), (a, next) => compareVersions(`${a}.${next + 1}`, a) > 0));
  });
});
