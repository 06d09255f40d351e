import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type Settings, stackConfig } from ".";
import { projectConfig } from "./generated";
import { load, type Values, withoutEngine } from "./testing/load-settings";

describe("settings", () => {
  before(withoutEngine);

  it("has the documented defaults, of which some words mean that nothing is set", () => {
    const documented = Object.entries(projectConfig() as Readonly<Record<string, { readonly default: unknown }>>);
    const values = documented.map(([key, { default: usual }]) => [key === "OPENAI_API_KEY" ? "openaiApiKey" : key, usual]);
    const unset =
      "context storageClass openaiApiKey image registry imagePullConfig tenantHeader redisUrl redisPassword jaegerStorage " +
      "kindNodeImage monitoring caBundle imageMirror gatewayConfig secretName otlpEndpoint tracesUrl";
    for (const key of unset.split(" ")) values.push([key, undefined]);
    const others = { createNamespace: true, planoVersionUnexamined: false, upstream: "stub" };
    assert.deepEqual(load(), { ...Object.fromEntries(values), ...others });
  });

  const taken: readonly (readonly [Values, Partial<Settings>])[] = [
    [{ maxReplicas: "2" }, { maxReplicas: 2 }],
    [{ monitoring: "on" }, { monitoring: {} }],
    [{ monitoring: "release=prometheus,a.b/c=llm" }, { monitoring: { release: "prometheus", "a.b/c": "llm" } }],
    // The first release with TLS for Redis.
    [{ redisUrl: "rediss://cache.example.com", planoVersion: "0.4.23" }, { planoVersion: "0.4.23" }],
    [{ planoVersion: "0.5.0", planoVersionUnexamined: "true" }, { planoVersion: "0.5.0" }],
    // The least sizes, and Kubernetes' own namespace where it is not to be made.
    [{ redisMaxMemory: "8388608" }, { redisMaxMemory: "8388608" }],
    [{ redisStorage: "64Mi" }, { redisStorage: "64Mi" }],
    [{ jaegerStorage: "0.1G" }, { jaegerStorage: "0.1G" }],
    [{ namespace: "default", createNamespace: "false" }, { createNamespace: false }],
    // Single fields, with the defaults of the others.
    [{ proof: '{"sessions":8,"checks":["pinning"]}' }, { proof: { enabled: true, sessions: 8, rounds: 4, checks: ["pinning"] } }],
    // What `config set --path` takes for a number or a truth value is a text here.
    [
      { pods: '{"redis":{"nodeSelector":{"ssd":true},"resources":{"limits":{"cpu":1}}}}' },
      { pods: { redis: { nodeSelector: { ssd: "true" }, resources: { limits: { cpu: "1" } } } } },
    ],
    [{ imageMirror: "r.example.com:5000/hub" }, { imageMirror: "r.example.com:5000/hub" }],
  ];
  const ingresses: readonly Settings["ingress"][] = [
    { kind: "none" },
    { kind: "Ingress", host: "llm.example.com", className: "nginx", tlsSecret: "llm-tls" },
    { kind: "Ingress", host: "llm.example.com", tls: true, annotations: { "cert-manager.io/cluster-issuer": "letsencrypt" } },
    { kind: "HTTPRoute", host: "llm.example.com", gateway: "infra/public", tls: true },
    { kind: "HTTPRoute", host: "llm.example.com", className: "istio", tlsSecret: "llm-tls" },
  ];
  for (const [values, expected] of [
    ...taken,
    ...ingresses.map((ingress) => [{ ingress: JSON.stringify(ingress) }, { ingress }] as const),
  ])
    it(`takes ${JSON.stringify(values)}`, () => {
      const settings = load(values);
      assert.deepEqual({ ...settings, ...expected }, settings);
    });

  it("uses OpenAI when there is a key, and keeps the key secret", async () => {
    const settings = load({ OPENAI_API_KEY: "sk-test" });
    assert.equal(settings.upstream, "openai");
    assert.ok(settings.openaiApiKey);
    assert.equal(await pulumi.isSecret(settings.openaiApiKey), true);
    assert.equal(load({ OPENAI_API_KEY: "sk-test", upstream: "stub" }).upstream, "stub");
  });
});

describe("the stack's configuration", () => {
  const secretKeys = process.env.PULUMI_CONFIG_SECRET_KEYS;

  afterEach(() => {
    if (secretKeys === undefined) delete process.env.PULUMI_CONFIG_SECRET_KEYS;
    else process.env.PULUMI_CONFIG_SECRET_KEYS = secretKeys;
    pulumi.runtime.setAllConfig({});
  });

  it("is this project's keys without their namespace, with those that are secret", async () => {
    await withoutEngine();
    pulumi.runtime.setAllConfig({
      "plano-affinity:minReplicas": "3",
      "plano-affinity:OPENAI_API_KEY": "sk",
      "kubernetes:context": "x",
    });
    process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify(["plano-affinity:OPENAI_API_KEY", "other:token"]);
    const { values, secretKeys: secrets } = stackConfig();
    assert.deepEqual(Object.fromEntries(values), { minReplicas: "3", OPENAI_API_KEY: "sk" });
    assert.deepEqual([...secrets], ["OPENAI_API_KEY"]);
  });
});
