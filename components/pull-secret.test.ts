import assert from "node:assert/strict";
import { pullSecretObjects } from "./pull-secret";

describe("PullSecret", () => {
  it("is a Secret that the kubelet understands", () => {
    const config = JSON.stringify({ auths: { "r.example.com": { auth: "aHVzaA==" } } });
    const { type, stringData } = pullSecretObjects({ namespace: "demo", config }).main;
    assert.equal(type, "kubernetes.io/dockerconfigjson");
    assert.deepEqual(stringData, { ".dockerconfigjson": config });
  });
});
