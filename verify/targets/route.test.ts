import assert from "node:assert/strict";
import { gatewayTo } from "./route";

/** Default route over 192.168.1.1, 10.244.0.0/24 over 10.99.0.2, and the link 10.99.0.0/30. */
const table = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
veth0\t0000F40A\t0200630A\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0
veth0\t0000630A\t00000000\t0001\t0\t0\t0\tFCFFFFFF\t0\t0\t0
`;

describe("gatewayTo", () => {
  it("follows the most specific route", () => {
    assert.equal(gatewayTo("10.244.0.17", table), "10.99.0.2");
    assert.equal(gatewayTo("10.244.1.17", table), "192.168.1.1");
  });

  it("knows no gateway on a link, without a route, or for an address that is not IPv4", () => {
    assert.equal(gatewayTo("10.99.0.2", table), undefined);
    assert.equal(gatewayTo("10.244.0.17", ""), undefined);
    assert.equal(gatewayTo("fd00::1", table), undefined);
    assert.equal(gatewayTo("10.244.0.300", table), undefined);
  });
});
