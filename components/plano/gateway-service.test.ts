import assert from "node:assert/strict";
import { gatewayAddress, type GatewayPlace } from "./gateway-service";

const place: GatewayPlace = {
  serviceType: "ClusterIP",
  ingress: { kind: "none" },
  namespace: "demo",
  kubectl: "kubectl --context mine",
  balancer: undefined,
  node: undefined,
};

describe("the gateway's address", () => {
  const urlOf = (changed: Partial<GatewayPlace>): string => gatewayAddress({ ...place, ...changed }).url;

  it("is what leads to it from here, and needs no command then", () => {
    const cases: readonly (readonly [Partial<GatewayPlace>, string])[] = [
      [{ serviceType: "NodePort", node: "10.0.0.2" }, "http://10.0.0.2:32000"],
      [{ serviceType: "NodePort", node: "fd00::2" }, "http://[fd00::2]:32000"],
      [{ serviceType: "LoadBalancer", balancer: "lb.example.com" }, "http://lb.example.com:12000"],
      [{ serviceType: "LoadBalancer", balancer: "203.0.113.7", node: "10.0.0.2" }, "http://203.0.113.7:12000"],
      [{ ingress: { kind: "Ingress", host: "llm.example.com" } }, "http://llm.example.com"],
      [{ ingress: { kind: "Ingress", host: "llm.example.com", tlsSecret: "llm-tls" } }, "https://llm.example.com"],
      [{ ingress: { kind: "HTTPRoute", host: "llm.example.com", gateway: "g", tls: true } }, "https://llm.example.com"],
      [
        { serviceType: "NodePort", node: "10.0.0.2", ingress: { kind: "Ingress", host: "llm.example.com" } },
        "http://llm.example.com",
      ],
    ];
    for (const [changed, url] of cases) {
      assert.equal(urlOf(changed), url);
      assert.equal(gatewayAddress({ ...place, ...changed }).hint, undefined, url);
      assert.ok(gatewayAddress({ ...place, ...changed }).advice, url);
    }
  });

  it("is a tunnel where nothing leads to it, with the command that opens it", () => {
    for (const changed of [{}, { serviceType: "NodePort" }, { serviceType: "LoadBalancer", node: "10.0.0.2" }] as const) {
      assert.deepEqual(gatewayAddress({ ...place, ...changed }), {
        url: "http://localhost:12000",
        hint: "kubectl --context mine --namespace demo port-forward service/plano 12000:12000",
      });
    }
  });
});
