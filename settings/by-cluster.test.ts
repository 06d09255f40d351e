import assert from "node:assert/strict";
import { join } from "node:path";
import { type ClusterDefaults, settleByCluster } from ".";
import type { ClusterKind } from "./cluster-kind";
import { load, type Values, withoutEngine } from "./testing/load-settings";

const examples = join(__dirname, "../docs/examples/gateway-config");

const settled: readonly (readonly [kind: ClusterKind, values: Values, expected: Partial<ClusterDefaults>])[] = [
  [
    "sandbox",
    {},
    { gateway: "standin", routing: "stub", needsStub: true, outside: false, serviceType: "NodePort", nodePortsAnswer: true },
  ],
  ["sandbox", { OPENAI_API_KEY: "sk" }, { outside: true }],
  ["sandbox", { OPENAI_API_KEY: "sk", upstream: "stub" }, { outside: false }],
  ["sandbox", { redisUrl: "redis://192.0.2.1" }, { outside: true }],
  ["existing", {}, { gateway: "plano", routing: "stub", needsStub: true }],
  ["existing", { gateway: "standin" }, { gateway: "standin", needsStub: true }],
  [
    "existing",
    { OPENAI_API_KEY: "sk" },
    { gateway: "plano", routing: "hosted", needsStub: false, serviceType: "LoadBalancer", nodePortsAnswer: false },
  ],
  // The stub has the price list that a routing budget needs.
  ["existing", { OPENAI_API_KEY: "sk", planoVersion: "0.4.36" }, { routing: "hosted", needsStub: true }],
  ["existing", { ingress: '{"kind":"Ingress","host":"llm.example.com"}' }, { serviceType: "ClusterIP" }],
  ["existing", { ingress: '{"kind":"Ingress","host":"a.b"}', serviceType: "NodePort" }, { serviceType: "NodePort" }],
  ["kind", { OPENAI_API_KEY: "sk", gateway: "standin", serviceType: "ClusterIP" }, { gateway: "standin", routing: "stub" }],
  ["sandbox", { gateway: "plano", registry: "192.0.2.1:5000/plano" }, { gateway: "plano" }],
  ["sandbox", { gateway: "plano", image: "192.0.2.1:5000/plano:1" }, { gateway: "plano" }],
  ["existing", { monitoring: "on" }, {}],
  ["kind", { metricsServer: "auto" }, { metricsServer: "install" }],
  ["existing", { metricsServer: "auto" }, { metricsServer: "cluster" }],
  ["existing", { metricsServer: "install" }, { metricsServer: "install" }],
  ["kind", { metricsServer: "ignore" }, { metricsServer: "ignore" }],
  ["sandbox", { metricsServer: "ignore" }, { metricsServer: "cluster" }],
];

const refused: readonly (readonly [kind: ClusterKind, values: Values, message: RegExp])[] = [
  ["kind", { gateway: "standin", image: "./plano.tar" }, /^image: an archive is for Plano, and the gateway is the stand-in/],
  [
    "existing",
    { image: "./plano.tar" },
    /^image: a cluster of yours pulls images from a registry.*\n {2}→ docker load --input .\/plano.tar,/,
  ],
  ["kind", { standinFault: "no-traces" }, /^standinFault: only the stand-in gateway has faults, and on a cluster of kind kind/],
  ["kind", { monitoring: "on" }, /^monitoring: a cluster of kind kind has no Prometheus Operator\.\n {2}→ .*set monitoring off,/],
  [
    "sandbox",
    { gatewayConfig: join(examples, "three-providers.yaml"), OPENAI_API_KEY: "sk", secrets: '{"ANTHROPIC_API_KEY":"k"}' },
    /^gatewayConfig: the stand-in knows the address of OpenAI alone, and anthropic\/claude-sonnet-4-5 has no base_url/,
  ],
  ["kind", { monitoring: "on", standinFault: "no-traces" }, /^standinFault: [^]*\nmonitoring: /],
];

describe("what depends on the cluster", () => {
  before(withoutEngine);

  for (const [kind, values, expected] of settled) {
    it(`${kind} with ${JSON.stringify(values)}: ${JSON.stringify(expected)}`, () => {
      const defaults = settleByCluster(load(values), kind);
      assert.deepEqual({ ...defaults, ...expected }, defaults);
    });
  }

  for (const [kind, values, message] of refused) {
    it(`refuses ${JSON.stringify(values)} on ${kind}`, () => {
      assert.throws(() => settleByCluster(load(values), kind), { message });
    });
  }

  it("leaves the metrics-server of a kind cluster that was joined alone", () => {
    assert.equal(settleByCluster(load(), "kind", true).metricsServer, "cluster");
  });
});
