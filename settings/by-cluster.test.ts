import assert from "node:assert/strict";
import { settleByCluster } from ".";
import { load, withoutEngine } from "./testing/load-settings";

describe("what depends on the cluster", () => {
  before(withoutEngine);

  it("is the stand-in with the stub on the sandbox's node ports", () => {
    assert.deepEqual(settleByCluster(load(), "sandbox"), {
      gateway: "standin",
      routing: "stub",
      needsStub: true,
      serviceType: "NodePort",
      metricsServer: "cluster",
      nodePortsAnswer: true,
    });
  });

  it("is Plano behind a load balancer on an existing cluster", () => {
    const settled = settleByCluster(load({ OPENAI_API_KEY: "sk-test" }), "existing");
    assert.deepEqual(settled, {
      gateway: "plano",
      routing: "hosted",
      needsStub: false,
      serviceType: "LoadBalancer",
      metricsServer: "cluster",
      nodePortsAnswer: false,
    });
  });

  it("brings a metrics-server to kind, which has none, and elsewhere only when it is told to", () => {
    const on = (kind: "sandbox" | "existing" | "kind", metricsServer: string) =>
      settleByCluster(load({ OPENAI_API_KEY: "sk-test", upstream: "stub", metricsServer }), kind).metricsServer;
    assert.deepEqual([on("kind", "auto"), on("existing", "auto"), on("sandbox", "auto")], ["install", "cluster", "cluster"]);
    assert.deepEqual(
      [on("kind", "install"), on("existing", "install"), on("sandbox", "install")],
      ["install", "install", "cluster"],
    );
    assert.deepEqual([on("kind", "ignore"), on("existing", "ignore"), on("sandbox", "ignore")], ["ignore", "ignore", "cluster"]);
    const joined = settleByCluster(load({ OPENAI_API_KEY: "sk-test" }), "kind", true);
    assert.equal(joined.metricsServer, "cluster", "what is in a cluster that was joined is left alone");
  });

  it("takes the stub for its price list where a routing budget holds sessions", () => {
    const openai = load({ planoVersion: "0.4.36", OPENAI_API_KEY: "sk-test", image: "registry.example.com/plano:1" });
    const { routing, needsStub } = settleByCluster(openai, "existing");
    assert.deepEqual({ routing, needsStub }, { routing: "hosted", needsStub: true });
  });

  it("needs no second way in from outside behind an Ingress", () => {
    const ingress = '{"kind":"Ingress","host":"llm.example.com"}';
    assert.equal(settleByCluster(load({ ingress, OPENAI_API_KEY: "sk-test" }), "existing").serviceType, "ClusterIP");
    const asked = load({ ingress, OPENAI_API_KEY: "sk-test", serviceType: "NodePort" });
    assert.equal(settleByCluster(asked, "existing").serviceType, "NodePort");
  });

  it("is what is configured, where something is", () => {
    const { gateway, routing, serviceType } = settleByCluster(
      load({ gateway: "standin", serviceType: "ClusterIP", OPENAI_API_KEY: "sk-test" }),
      "kind",
    );
    assert.deepEqual({ gateway, routing, serviceType }, { gateway: "standin", routing: "stub", serviceType: "ClusterIP" });
  });

  it("refuses Plano in the sandbox, unless its image comes from somewhere", () => {
    const settle = (values: Record<string, string>) => () => settleByCluster(load({ gateway: "plano", ...values }), "sandbox");
    assert.throws(settle({}), /gateway: the sandbox cannot pull Plano's image.*\n {2}→ .*pulumi config set registry …/);
    assert.equal(settle({ registry: "192.0.2.1:5000/plano" })().gateway, "plano");
    assert.equal(settle({ image: "192.0.2.1:5000/plano:1" })().gateway, "plano");
  });

  it("lets the stub and the stand-in run on an existing cluster without an image of theirs", () => {
    assert.equal(settleByCluster(load(), "existing").needsStub, true);
    assert.equal(settleByCluster(load({ gateway: "standin" }), "existing").gateway, "standin");
  });

  it("refuses a fault when the gateway turns out to be Plano", () => {
    assert.throws(
      () => settleByCluster(load({ standinFault: "no-traces" }), "kind"),
      /standinFault: only the stand-in gateway has faults, and on a cluster of kind kind/,
    );
  });

  for (const kind of ["sandbox", "kind"] as const) {
    it(`refuses monitoring on ${kind}`, () => {
      assert.throws(() => settleByCluster(load({ monitoring: "on" }), kind), {
        message: `monitoring: a cluster of kind ${kind} has no Prometheus Operator.\n  → pulumi config set monitoring off, or pulumi config set cluster existing`,
      });
      assert.doesNotThrow(() => settleByCluster(load({ monitoring: "on" }), "existing"));
    });
  }
});
