import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { stackConfig } from ".";

describe("the stack's configuration", () => {
  const secretKeys = process.env.PULUMI_CONFIG_SECRET_KEYS;

  afterEach(() => {
    if (secretKeys === undefined) delete process.env.PULUMI_CONFIG_SECRET_KEYS;
    else process.env.PULUMI_CONFIG_SECRET_KEYS = secretKeys;
    pulumi.runtime.setAllConfig({});
  });

  it("is this project's keys without their namespace, with those that are secret", async () => {
    await pulumi.runtime.setMocks(
      { newResource: ({ inputs }) => ({ id: "", state: inputs as object }), call: ({ inputs }) => inputs as object },
      "plano-affinity",
    );
    pulumi.runtime.setAllConfig({
      "plano-affinity:minReplicas": "3",
      "plano-affinity:OPENAI_API_KEY": "sk",
      "kubernetes:context": "x",
    });
    process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify(["plano-affinity:OPENAI_API_KEY", "other:token"]);
    const { values, secretKeys: secrets } = stackConfig();
    assert.deepEqual(
      [...values],
      [
        ["minReplicas", "3"],
        ["OPENAI_API_KEY", "sk"],
      ],
    );
    assert.deepEqual([...secrets], ["OPENAI_API_KEY"]);
  });
});
