import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { appNames } from "../names";
import { alertsOf, dashboardFiles, dashboardOf, defaultWatched, operatorObjects, type Watched } from ".";
import { Metrics } from "../../standin/gateway/metrics";

const root = join(__dirname, "..", "..");

/** Look-ups and writes of pins, by label `outcome`; on port 9092 of every replica. Source: Plano 0.4.27. */
const cacheEvents = "brightstaff_session_cache_events_total";

/** Every metric that may be asked for, and who has it. */
const known: { readonly [metric: string]: string } = {
  [cacheEvents]: "Plano 0.4.27 and the stand-in",
  brightstaff_http_requests_total: "Plano 0.4.27",
  up: "Prometheus",
  redis_up: "redis_exporter 1.83",
  redis_memory_used_bytes: "redis_exporter 1.83",
  redis_memory_max_bytes: "redis_exporter 1.83",
  redis_evicted_keys_total: "redis_exporter 1.83",
  redis_expired_keys_total: "redis_exporter 1.83",
  redis_db_keys: "redis_exporter 1.83",
  kube_pod_container_status_restarts_total: "kube-state-metrics 2",
  kube_horizontalpodautoscaler_status_current_replicas: "kube-state-metrics 2",
  kube_horizontalpodautoscaler_spec_max_replicas: "kube-state-metrics 2",
  kube_horizontalpodautoscaler_status_condition: "kube-state-metrics 2",
};

describe("monitoring", () => {
  const alerts = alertsOf(defaultWatched);
  const expressions = [
    ...alerts.map(({ expr }) => expr),
    ...dashboardOf(defaultWatched).panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ];

  it("asks only for figures that somebody gives, and only in its namespace", () => {
    const metrics = expressions.flatMap((expr) => [...expr.matchAll(/(\w+)(\{[^}]*\})/g)]);
    assert.ok(metrics.length > expressions.length);
    for (const [, metric = "", matchers = ""] of metrics) {
      assert.ok(metric in known, metric);
      assert.match(matchers, /^\{namespace="plano-demo"/, metric);
    }
    assert.deepEqual(
      Object.keys(known).filter((it) => !metrics.some(([, metric]) => metric === it)),
      [],
    );
  });

  it("asks the gateway for what the stand-in shows too", async () => {
    const metrics = new Metrics();
    for (const outcome of ["hit", "miss", "store"] as const) metrics.cacheEvent(outcome);
    const { text } = await metrics.page();
    for (const outcome of ["hit", "miss", "store"]) assert.ok(text.includes(`${cacheEvents}{outcome="${outcome}"} 1`), outcome);
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

  it("has panels that do not lie on one another", () => {
    const { panels } = dashboardOf(defaultWatched) as object as { panels: readonly { gridPos: { x: number; y: number } }[] };
    assert.equal(new Set(panels.map(({ gridPos }) => `${gridPos.x} ${gridPos.y}`)).size, panels.length);
  });

  it("is the same with the Operator and without, and is in the files as a stack with default settings has it", () => {
    const file = (name: string): string => readFileSync(join(root, "components/monitoring/files", name), "utf8");
    const objects = parseAllDocuments(file("operator.yaml")).map((it) => it.toJS() as object);
    assert.deepEqual(objects, operatorObjects(defaultWatched));
    assert.deepEqual(dashboardFiles(defaultWatched), { "plano-affinity.json": file("plano-affinity.json") });
    // What the stack makes has these names, by which figures and alerts find each other.
    const { gateway, redisExporter } = appNames;
    const labels = operatorObjects(defaultWatched).map(({ metadata, spec }) => [
      metadata.name,
      "selector" in spec && spec.selector,
    ]);
    assert.deepEqual(labels, [
      [gateway, { matchLabels: { app: gateway } }],
      [redisExporter, { matchLabels: { app: redisExporter } }],
      [gateway, false],
    ]);
  });

  it("gets the namespace and the life of pins of another stack, and shows no writes where every request writes", () => {
    const other = { namespace: "other", fixedTtlSeconds: 300 };
    const text = JSON.stringify([alertsOf(other), operatorObjects(other), dashboardOf(other)]);
    assert.ok(text.includes(String.raw`namespace=\"other\"`), text.slice(0, 500));
    assert.match(text, /\[300s\]/);
    assert.doesNotMatch(text, /plano-demo|\[600s\]/);
    const legends = (watched: Watched): string[] =>
      dashboardOf(watched).panels.flatMap(({ targets }) => targets.map(({ legendFormat }) => legendFormat));
    assert.ok(legends(other).includes("written and due"));
    assert.ok(!legends({ ...other, fixedTtlSeconds: undefined }).includes("written and due"));
  });
});
