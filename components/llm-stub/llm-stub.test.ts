import assert from "node:assert/strict";
import { LlmStub } from "./llm-stub";
import { assertWellFormed, containerOf, find, type Made, mockEngine, register } from "../testing/pulumi-mocks";

describe("LlmStub", () => {
  let made: readonly Made[];

  before(async () => {
    await mockEngine();
    made = await register((opts) => new LlmStub("stub", { namespace: "demo", image: "standin:1", latencyMs: 40 }, opts));
  });

  it("makes well-formed objects under the component", () => assertWellFormed(made, "LlmStub", "llm-stub"));

  it("runs the stub of the stand-in's image with the latency asked for", () => {
    const container = containerOf(find(made, "Deployment", "llm-stub"));
    assert.equal(container.image, "standin:1");
    assert.deepEqual(container.args, ["/app/stub.js"]);
    assert.deepEqual(container.env, [
      { name: "STUB_PORT", value: "8080" },
      { name: "STUB_LATENCY_MS", value: "40" },
    ]);
  });

  it("has probes, bounded memory and no privileges", () => {
    const deployment = find(made, "Deployment", "llm-stub");
    const container = containerOf(deployment);
    for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
      assert.deepEqual((container[probe] as { httpGet: unknown }).httpGet, { path: "/healthz", port: "http" }, probe);
    }
    assert.deepEqual(container.resources, { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } });
    const pod = deployment.manifest.spec.template.spec;
    assert.equal(pod.automountServiceAccountToken, false);
    assert.equal((pod.securityContext as { runAsUser: number }).runAsUser, 1000);
  });

  it("is found under its name on 8080", () => {
    const { spec } = find(made, "Service", "llm-stub").manifest;
    assert.deepEqual(spec.ports, [{ name: "http", port: 8080, targetPort: "http" }]);
    assert.deepEqual(spec.selector, { app: "llm-stub" });
  });
});
