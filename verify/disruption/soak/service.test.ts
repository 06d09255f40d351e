import assert from "node:assert/strict";
import type { V1Pod, V1Service } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { serviceUrl } from "./service";

const pods: V1Pod[] = [{ metadata: { name: "plano-1", labels: { app: "plano", rev: "1" } }, status: { hostIP: "10.0.0.2" } }];
const service = (type: string, nodePort?: number, ip?: string): V1Service => ({
  metadata: { name: "plano" },
  spec: { type, selector: { app: "plano" }, ports: [{ port: 12_000, nodePort }] },
  status: { loadBalancer: ip === undefined ? {} : { ingress: [{ ip }] } },
});
const other: V1Service = { metadata: { name: "redis" }, spec: { selector: { app: "redis" }, ports: [{ port: 12_000 }] } };
const find = (...services: V1Service[]): string => serviceUrl([other, ...services], pods, "demo");

describe("the address of the service", () => {
  it("is the node's for a NodePort, and the balancer's where there is one", () => {
    assert.equal(find(service("NodePort", 32_000)), "http://10.0.0.2:32000");
    assert.equal(find(service("LoadBalancer", 32_000, "192.0.2.7")), "http://192.0.2.7:12000");
    assert.equal(find(service("LoadBalancer", 32_000, "2001:db8::7")), "http://[2001:db8::7]:12000");
  });

  it("is asked for where the Service has none outside of the cluster, or there is no Service", () => {
    const selectsNothing: V1Service = { spec: { type: "NodePort", ports: [{ port: 12_000, nodePort: 1 }] } };
    const message =
      "no Service in namespace demo leads from outside of the cluster to port 12000 of the pods: name an address with --url, e.g. of an ingress";
    for (const services of [[service("ClusterIP")], [selectsNothing], []]) {
      assert.throws(() => find(...services), { name: "Unmeasurable", message });
    }
  });
});
