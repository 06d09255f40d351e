import assert from "node:assert/strict";
import { type ExportedStack, withoutStaleOutputs } from "./stale-outputs";

const outputs = { kubeconfig: "secret", gatewayUrl: "http://10.0.0.2:32000", affinity: { verdict: "pass" } };
const root = { type: "pulumi:pulumi:Stack", urn: "root", outputs };
const cluster = { type: "plano-affinity:index:Cluster", urn: "cluster", outputs: { kubeconfig: "secret" } };
const plano = { type: "plano-affinity:index:Plano", urn: "plano", outputs: {} };
const exported = (...resources: { type: string; urn: string; outputs: object }[]): ExportedStack => ({
  deployment: { resources: resources as NonNullable<ExportedStack["deployment"]>["resources"] },
});

describe("the outputs of a stack that was taken down", () => {
  it("say nothing of what is gone, and the rest stays as it was", () => {
    assert.deepEqual(
      withoutStaleOutputs(exported(root, cluster)),
      exported({ ...root, outputs: { kubeconfig: "secret" } }, cluster),
    );
  });

  it("stay while the stack is there, as after a preview", () => {
    assert.equal(withoutStaleOutputs(exported(root, cluster, plano)), undefined);
  });

  it("need nothing when nothing is stale", () => {
    assert.equal(withoutStaleOutputs(exported({ ...root, outputs: { kubeconfig: "" } })), undefined);
    assert.equal(withoutStaleOutputs({ deployment: {} }), undefined);
  });
});
