import assert from "node:assert/strict";
import { type MonitoringArgs, monitoringObjects } from "./monitoring";
import { containerOf, rendered } from "../testing/pulumi-mocks";

const args: MonitoringArgs = {
  namespace: "demo",
  secretName: "plano-secrets",
  credentialsChecksum: "abc",
  isRedisExternal: false,
  labels: { release: "prometheus" },
  fixedTtlSeconds: 300,
};

describe("Monitoring", () => {
  const objects = rendered(monitoringObjects(args));
  const exporter = containerOf({ manifest: objects["redis-exporter"] ?? assert.fail() });

  it("labels what the Operator and Grafana look for", () => {
    for (const key of ["podmonitor-plano", "podmonitor-redis-exporter", "prometheusrule-plano"])
      assert.equal(objects[key]?.metadata.labels?.["release"], "prometheus", key);
    assert.equal(objects["dashboard"]?.metadata.labels?.["grafana_dashboard"], "1");
  });

  it("writes the rules for this namespace and this life of pins", () => {
    const rules = JSON.stringify(objects["prometheusrule-plano"]?.spec);
    assert.match(rules, /namespace=\\"demo\\"/);
    assert.doesNotMatch(rules, /plano-demo/);
    assert.match(rules, /\[300s\]/);
  });

  it("gives the exporter the password by reference only", () => {
    assert.deepEqual(exporter.env, [
      { name: "REDIS_ADDR", value: "redis://redis:6379" },
      { name: "REDIS_PASSWORD", valueFrom: { secretKeyRef: { name: "plano-secrets", key: "REDIS_PASSWORD" } } },
      { name: "REDIS_EXPORTER_CONFIG_COMMAND", value: "-" },
    ]);
  });

  it("takes from nobody a target for the exporter's password, and names an image that knows how", () => {
    assert.deepEqual(exporter.args, ["--disable-scrape-endpoint"]);
    const minor = Number(/:v1\.(\d+)\.\d+$/.exec(String(exporter.image))?.[1]);
    assert.ok(minor >= 83, `the flag came with 1.83, the image is of 1.${minor}`);
  });

  it("reads an external Redis by the URL in the Secret, and lets nobody into a Redis of the stack", () => {
    const external = rendered(monitoringObjects({ ...args, isRedisExternal: true }));
    assert.deepEqual([objects["redis"]?.metadata.name, external["redis"]], ["redis-from-exporter", undefined]);
    const [address] = containerOf({ manifest: external["redis-exporter"] ?? assert.fail() }).env ?? [];
    assert.deepEqual(address, {
      name: "REDIS_ADDR",
      valueFrom: { secretKeyRef: { name: "plano-secrets", key: "REDIS_URL" } },
    });
  });
});
