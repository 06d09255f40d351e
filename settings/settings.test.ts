import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { load, refusal, withoutEngine } from "./testing/load-settings";

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
    const settings = load({
      minReplicas: "3",
      maxReplicas: "3",
      planoVersion: "0.4.19",
      tenantHeader: "X-Tenant",
      redisStorage: "500Mi",
      serviceType: "ClusterIP",
    });
    assert.equal(settings.minReplicas, 3);
    assert.equal(settings.planoVersion, "0.4.19");
    assert.equal(settings.tenantHeader, "X-Tenant");
    assert.equal(settings.redisStorage, "500Mi");
    assert.equal(settings.serviceType, "ClusterIP");
  });

  it("takes the least sizes, and Kubernetes' own namespace where it is not to be made", () => {
    const settings = load({ redisMaxMemory: "8388608", redisStorage: "64Mi", jaegerStorage: "0.1G" });
    assert.deepEqual([settings.redisMaxMemory, settings.redisStorage, settings.jaegerStorage], ["8388608", "64Mi", "0.1G"]);
    assert.equal(load({ namespace: "default", createNamespace: "false" }).namespace, "default");
  });

  it("allows one replica, about which the proof will have to say that it shows nothing", () => {
    assert.equal(load({ minReplicas: "1" }).minReplicas, 1);
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

  it("lists every violation at once, each with its remedy", () => {
    assert.equal(
      refusal({ minReplicas: "two", cpuTarget: "0" }),
      [
        "2 settings are wrong; nothing was made or changed.",
        '  minReplicas: "two" is not a whole number',
        "    → pulumi config set minReplicas 2",
        "  cpuTarget: 0 is not between 1 and 100",
        "    → pulumi config set cpuTarget 70",
      ].join("\n"),
    );
  });

  it("refuses secrets in plain text, and never quotes them", () => {
    const message = refusal({ OPENAI_API_KEY: "sk-hush", redisUrl: "redis://:hush@redis" }, []);
    assert.match(message, /OPENAI_API_KEY: the value is stored in plain text\n {4}→ pulumi config set --secret OPENAI_API_KEY/);
    assert.match(message, /redisUrl: the value is stored in plain text/);
    assert.doesNotMatch(message, /hush/);
  });

  it("does not compare numbers that are wrong by themselves", () => {
    assert.doesNotMatch(refusal({ maxReplicas: "0" }), /is more than/);
  });
});
