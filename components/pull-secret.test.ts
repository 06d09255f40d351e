import assert from "node:assert/strict";
import { PullSecret } from "./pull-secret";
import { find, type Made, mockEngine, register } from "./testing/pulumi-mocks";

const config = JSON.stringify({ auths: { "r.example.com": { auth: "aHVzaA==" } } });

describe("PullSecret", () => {
  let made: readonly Made[];

  before(async () => {
    await mockEngine();
    made = await register((opts) => new PullSecret("pull-secret", { namespace: "demo", config }, opts));
  });

  it("is a Secret that the kubelet understands, and its content a secret of Pulumi's", () => {
    const { manifest, secretPaths } = find(made, "Secret", "plano-pull");
    assert.equal((manifest as unknown as { type: string }).type, "kubernetes.io/dockerconfigjson");
    assert.deepEqual(manifest.stringData, { ".dockerconfigjson": config });
    assert.equal(manifest.metadata.namespace, "demo");
    assert.deepEqual(secretPaths, ["stringData"]);
  });
});
