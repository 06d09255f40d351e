import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { load, withoutEngine } from "./testing/load-settings";

describe("settings", () => {
  before(withoutEngine);

  it("has the documented defaults", () => {
    assert.deepEqual(load(), {
      cluster: "auto",
      clusterName: "plano-demo",
      namespace: "plano-demo",
      context: undefined,
      createNamespace: true,
      storageClass: undefined,
      metricsServer: "auto",
      openaiApiKey: undefined,
      upstream: "stub",
      gateway: "auto",
      planoVersion: "0.4.27",
      image: undefined,
      registry: undefined,
      imagePullConfig: undefined,
      minReplicas: 2,
      maxReplicas: 5,
      cpuTarget: 70,
      drainSeconds: 60,
      sessionTtlSeconds: 600,
      tenantHeader: undefined,
      redisUrl: undefined,
      redisPassword: undefined,
      redisReplicas: 1,
      redisMaxMemory: "256mb",
      redisStorage: "1Gi",
      jaegerStorage: undefined,
      serviceType: "auto",
      ingress: { kind: "none" },
      monitoring: undefined,
      proof: { enabled: true, sessions: 4, rounds: 4, checks: ["control", "pinning", "redis", "traces"] },
      standinFault: "none",
    });
  });

  it("takes what is configured", () => {
    const values = { planoVersion: "0.4.19", tenantHeader: "X-Tenant", redisStorage: "500Mi", serviceType: "ClusterIP" };
    const { minReplicas, maxReplicas, createNamespace, ...others } = load({
      ...values,
      minReplicas: "3",
      maxReplicas: "3",
      createNamespace: "false",
    });
    assert.deepEqual({ ...others, ...values }, others);
    assert.deepEqual({ minReplicas, maxReplicas, createNamespace }, { minReplicas: 3, maxReplicas: 3, createNamespace: false });
  });

  it("takes labels for a Prometheus Operator", () => {
    assert.deepEqual(load({ monitoring: "on" }).monitoring, {});
    const labels = { release: "prometheus", "example.com/team": "llm" };
    assert.deepEqual(load({ monitoring: "release=prometheus,example.com/team=llm" }).monitoring, labels);
  });

  it("takes the least sizes, and Kubernetes' own namespace where it is not to be made", () => {
    const settings = load({ redisMaxMemory: "8388608", redisStorage: "64Mi", jaegerStorage: "0.1G" });
    assert.deepEqual([settings.redisMaxMemory, settings.redisStorage, settings.jaegerStorage], ["8388608", "64Mi", "0.1G"]);
    assert.equal(load({ namespace: "default", createNamespace: "false" }).namespace, "default");
  });

  it("changes single fields of the proof and keeps the others' defaults", () => {
    assert.deepEqual(load({ proof: '{"sessions":8,"checks":["pinning"]}' }).proof, {
      enabled: true,
      sessions: 8,
      rounds: 4,
      checks: ["pinning"],
    });
  });

  it("uses OpenAI when there is a key, and keeps the key secret", async () => {
    const settings = load({ OPENAI_API_KEY: "sk-test" });
    assert.equal(settings.upstream, "openai");
    assert.ok(settings.openaiApiKey);
    assert.equal(await pulumi.isSecret(settings.openaiApiKey), true);
    assert.equal(load({ OPENAI_API_KEY: "sk-test", upstream: "stub" }).upstream, "stub");
  });
});
