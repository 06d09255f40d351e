import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { publishedImages } from "../../settings/images";
import { appNames } from "../names";
import { containerOf, rendered } from "../testing/pulumi-mocks";
import { dashboardOf, defaultWatched, monitoringObjects, operatorObjects, type Watched } from "./monitoring";
import { alertsOf } from "./testing/alerts";

const root = join(__dirname, "..", "..");

/** A stack that is not watched by the files as they are. */
const args = {
  namespace: "demo",
  fixedTtlSeconds: 300,
  image: "r.example.com/exporter:1",
  secretName: "plano-secrets",
  credentialsChecksum: "abc",
  isRedisExternal: false,
  labels: { release: "prometheus" },
};

describe("monitoring", () => {
  const alerts = alertsOf(defaultWatched);
  const expressions = [
    ...alerts.map(({ expr }) => expr),
    ...dashboardOf(defaultWatched).panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ];

  it("asks only in its namespace", () => {
    const matchers = expressions.flatMap((expr) => expr.match(/\w+\{[^}]*\}/g) ?? []);
    assert.ok(matchers.length > expressions.length);
    for (const it of matchers) assert.match(it, /\{namespace="plano-demo"/);
  });

  it("tells of each alert what it means, and where to read on", () => {
    const page = readFileSync(join(root, "docs/monitoring.md"), "utf8");
    for (const { alert, annotations } of alerts) {
      assert.ok(page.includes(`\n### ${alert}\n`), alert);
      assert.equal(annotations.runbook, `docs/monitoring.md#${alert.toLowerCase()}`);
      assert.ok(annotations.summary.length > 10 && annotations.description.length > 20, alert);
    }
    assert.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length);
  });

  it("does not count writes where every request writes, or over weeks", () => {
    for (const fixedTtlSeconds of [undefined, 31_536_000]) {
      const others = alertsOf({ ...defaultWatched, fixedTtlSeconds });
      assert.deepEqual(
        alerts.map(({ alert }) => alert).filter((it) => !others.some(({ alert }) => alert === it)),
        ["PlanoPinsLost"],
      );
    }
  });

  it("is the same with the Operator and without, and is in the files as a stack with default settings has it", () => {
    const file = (name: string): string => readFileSync(join(root, "components/monitoring/files", name), "utf8");
    const objects = parseAllDocuments(file("operator.yaml")).map((it) => it.toJS() as object);
    assert.deepEqual(objects, operatorObjects(defaultWatched));
    const { dashboard } = rendered(monitoringObjects({ ...args, ...defaultWatched }));
    assert.deepEqual(dashboard?.data, { "plano-affinity.json": file("plano-affinity.json") });
    // What the stack makes has these names, by which figures and alerts find each other.
    const { gateway, exporter } = appNames;
    const named = operatorObjects(defaultWatched).map(({ metadata, spec }) => [
      metadata.name,
      "selector" in spec && spec.selector,
    ]);
    const monitors = [gateway, exporter].map((app) => [app, { matchLabels: { app } }]);
    assert.deepEqual(named, [...monitors, [gateway, false]]);
  });

  it("gets the namespace and the life of pins of another stack, and shows no writes where every request writes", () => {
    const text = JSON.stringify([alertsOf(args), monitoringObjects(args)]);
    assert.ok(text.includes(String.raw`namespace=\"demo\"`), text.slice(0, 500));
    assert.match(text, /\[300s\]/);
    assert.doesNotMatch(text, /plano-demo|\[600s\]/);
    const legends = (watched: Watched): string[] =>
      dashboardOf(watched).panels.flatMap(({ targets }) => targets.map(({ legendFormat }) => legendFormat));
    assert.ok(legends(args).includes("written and due"));
    assert.ok(!legends({ ...args, fixedTtlSeconds: undefined }).includes("written and due"));
  });
});

describe("the objects for monitoring", () => {
  const objects = rendered(monitoringObjects(args));
  const exporter = containerOf({ manifest: objects["redis-exporter"] ?? assert.fail() });

  it("labels what the Operator and Grafana look for, and gives the exporter the password by reference only", () => {
    for (const key of ["podmonitor-plano", "podmonitor-redis-exporter", "prometheusrule-plano"])
      assert.equal(objects[key]?.metadata.labels?.["release"], "prometheus", key);
    assert.equal(objects["dashboard"]?.metadata.labels?.["grafana_dashboard"], "1");
    const valueFrom = { secretKeyRef: { name: "plano-secrets", key: "REDIS_PASSWORD" } };
    const plain = { REDIS_ADDR: "redis://redis:6379", REDIS_EXPORTER_CONFIG_COMMAND: "-" };
    const [address, command] = Object.entries(plain).map(([name, value]) => ({ name, value }));
    assert.deepEqual(exporter.env, [address, { name: "REDIS_PASSWORD", valueFrom }, command]);
  });

  it("takes from nobody a target for the exporter's password, and names an image that knows how", () => {
    assert.deepEqual(exporter.args, ["--disable-scrape-endpoint"]);
    const minor = Number(/:v1\.(\d+)\.\d+@sha256:/.exec(publishedImages.exporter)?.[1]);
    assert.ok(minor >= 83, `the flag came with 1.83, the image is of 1.${minor}`);
  });

  it("reads an external Redis by the URL in the Secret, and lets nobody into a Redis of the stack", () => {
    const external = rendered(monitoringObjects({ ...args, isRedisExternal: true }));
    assert.deepEqual([objects["redis"]?.metadata.name, external["redis"]], ["redis-from-exporter", undefined]);
    const [address] = containerOf({ manifest: external["redis-exporter"] ?? assert.fail() }).env ?? [];
    const valueFrom = { secretKeyRef: { name: "plano-secrets", key: "REDIS_URL" } };
    assert.deepEqual(address, { name: "REDIS_ADDR", valueFrom });
  });
});
