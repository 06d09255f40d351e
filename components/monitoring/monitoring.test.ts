import assert from "node:assert/strict";
import { Monitoring, type MonitoringArgs } from "./monitoring";
import { containerOf, find, type Made, mockEngine, register } from "../testing/pulumi-mocks";

const args: MonitoringArgs = {
  namespace: "demo",
  secretName: "plano-secrets",
  credentialsChecksum: "abc",
  isRedisExternal: false,
  labels: { release: "prometheus" },
  fixedTtlSeconds: 300,
};

const names = (made: readonly Made[]): string[] =>
  made
    .slice(1)
    .map(({ type, manifest }) => `${type.split(":").at(-1)} ${manifest.metadata.name}`)
    .sort();

describe("Monitoring", () => {
  let made: readonly Made[];

  before(async () => {
    await mockEngine();
    made = await register((opts) => new Monitoring("monitoring", args, opts));
  });

  it("makes its objects under the component, with the stack's labels", () => {
    const [root, ...children] = made;
    assert.equal(root?.type, "plano-affinity:index:Monitoring");
    for (const { name, parent, manifest } of children) {
      assert.equal(parent, "monitoring", name);
      assert.equal(manifest.metadata.namespace, "demo", name);
      assert.equal(manifest.metadata.labels?.["app.kubernetes.io/part-of"], "plano-affinity", name);
    }
    assert.deepEqual(names(made), [
      "ConfigMap plano-dashboard",
      "Deployment redis-exporter",
      "NetworkPolicy plano-from-prometheus",
      "NetworkPolicy redis-exporter-from-prometheus",
      "NetworkPolicy redis-from-exporter",
      "PodMonitor plano",
      "PodMonitor redis-exporter",
      "PrometheusRule plano",
    ]);
  });

  it("labels what the Operator and Grafana look for", () => {
    for (const [kind, name] of [
      ["PodMonitor", "plano"],
      ["PodMonitor", "redis-exporter"],
      ["PrometheusRule", "plano"],
    ] as const)
      assert.equal(find(made, kind, name).manifest.metadata.labels?.["release"], "prometheus", `${kind} ${name}`);
    assert.equal(find(made, "ConfigMap", "plano-dashboard").manifest.metadata.labels?.["grafana_dashboard"], "1");
  });

  it("writes the rules for this namespace and this life of pins", () => {
    const rules = JSON.stringify(find(made, "PrometheusRule", "plano").manifest.spec);
    assert.match(rules, /namespace=\\"demo\\"/);
    assert.doesNotMatch(rules, /plano-demo/);
    assert.match(rules, /\[300s\]/);
  });

  it("gives the exporter the password by reference only", () => {
    assert.deepEqual(containerOf(find(made, "Deployment", "redis-exporter")).env, [
      { name: "REDIS_ADDR", value: "redis://redis:6379" },
      { name: "REDIS_PASSWORD", valueFrom: { secretKeyRef: { name: "plano-secrets", key: "REDIS_PASSWORD" } } },
      { name: "REDIS_EXPORTER_CONFIG_COMMAND", value: "-" },
    ]);
  });

  it("takes from nobody a target for the exporter's password, and names an image that knows how", () => {
    const { args: flags, image } = containerOf(find(made, "Deployment", "redis-exporter"));
    assert.deepEqual(flags, ["--disable-scrape-endpoint"]);
    const minor = Number(/:v1\.(\d+)\.\d+$/.exec(String(image))?.[1]);
    assert.ok(minor >= 83, `the flag came with 1.83, the image is of 1.${minor}`);
  });

  it("lets the exporter, and nobody else, into Redis and what leads to it", () => {
    const { spec } = find(made, "NetworkPolicy", "redis-from-exporter").manifest;
    assert.deepEqual(spec["podSelector"], {
      matchExpressions: [{ key: "app", operator: "In", values: ["redis", "redis-proxy"] }],
    });
    assert.deepEqual(spec["ingress"], [
      { from: [{ podSelector: { matchLabels: { app: "redis-exporter" } } }], ports: [{ protocol: "TCP", port: 6379 }] },
    ]);
  });

  it("reads an external Redis by the URL in the Secret, and lets nobody into a Redis of the stack", async () => {
    await mockEngine();
    const external = await register((opts) => new Monitoring("monitoring", { ...args, isRedisExternal: true }, opts));
    assert.ok(!names(external).includes("NetworkPolicy redis-from-exporter"));
    const [address] = containerOf(find(external, "Deployment", "redis-exporter")).env ?? [];
    assert.deepEqual(address, {
      name: "REDIS_ADDR",
      valueFrom: { secretKeyRef: { name: "plano-secrets", key: "REDIS_URL" } },
    });
  });
});
