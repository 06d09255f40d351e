import assert from "node:assert/strict";
import { isInsecure } from "./insecure-registry";

describe("a registry without a certificate", () => {
  const config = {
    InsecureRegistryCIDRs: ["127.0.0.0/8", "10.231.0.0/16", "fd00::/8"],
    IndexConfigs: { "docker.io": { Secure: true }, "registry.lan:5000": { Secure: false } },
  };
  const trusted: readonly (readonly [string, boolean])[] = [
    ["127.0.0.1:5000", true],
    ["localhost:5000", true],
    ["10.231.0.1:5000", true],
    ["10.232.0.1:5000", false],
    ["[fd00::1]:5000", true],
    ["[2001:db8::1]:5000", false],
    ["registry.lan:5000", true],
    ["registry.lan", false],
    ["docker.io", false],
  ];
  for (const [host, expected] of trusted)
    it(`${expected ? "is" : "is not"} trusted at ${host}`, () => assert.equal(isInsecure(host, config), expected));

  it("is not trusted by a daemon that says nothing of it", () => {
    assert.equal(isInsecure("127.0.0.1:5000", null), false);
    assert.equal(isInsecure("127.0.0.1:5000", { InsecureRegistryCIDRs: null, IndexConfigs: null }), false);
  });
});
