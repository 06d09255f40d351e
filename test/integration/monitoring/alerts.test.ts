import assert from "node:assert/strict";
import { dashboardOf, defaultWatched } from "../../../components/monitoring/monitoring";
import { alertsOf } from "../../../components/monitoring/testing/alerts";
import { run } from "../../../lib/command";
import { silentProgress } from "../../../lib/progress";
import { Scratch } from "../../../lib/testing/scratch";
import { skipBecause } from "../../../lib/testing/skip";
import { ensureTool } from "../../../sandbox/toolchain/ensure";
import { testTools } from "../../../sandbox/toolchain/testing/tools";

const cacheEvents = "brightstaff_session_cache_events_total";
const here = 'namespace="plano-demo"';
const mebibyte = 2 ** 20;
/** An instant in the second hour, in seconds; samples and evaluations come every 30 s. */
const now = 7_200;
const samples = now / 30;

/** Events of a replica: a rate in events per 30 s until `turn` (samples from the start), and another one after it. */
function events(pod: string, outcome: string, before: number, after = before, turn = samples - 20): string {
  const level = before * turn;
  return `${cacheEvents}{${here}, pod="${pod}", outcome="${outcome}"} 0+${before}x${turn} ${level + after}+${after}x${samples - turn}`;
}

const gauge = (metric: string, value: number | string, labels = ""): string =>
  `${metric}{${here}${labels}} ${typeof value === "number" ? `${value}x${samples}` : value}`;

const hpa = ', horizontalpodautoscaler="plano"';
type Value = Parameters<typeof gauge>[1];
const keys = (value: Value): string => gauge("redis_db_keys", value, ', db="db0"');
const restarts = (value: Value): string =>
  gauge("kube_pod_container_status_restarts_total", value, ', container="gateway", pod="a"');
const replicas = (value: Value): string => gauge("kube_horizontalpodautoscaler_status_current_replicas", value, hpa);
const inactive = (value: Value): string =>
  gauge("kube_horizontalpodautoscaler_status_condition", value, `${hpa}, condition="ScalingActive", status="false"`);

/** Two replicas, a Redis that is half full, and as many pins in it as there must be. */
const parts = {
  aHits: events("a", "hit", 90),
  aMisses: events("a", "miss", 10),
  aStores: events("a", "store", 10),
  bHits: events("b", "hit", 90),
  bMisses: events("b", "miss", 10),
  bStores: events("b", "store", 10),
  up: gauge("up", 1, ', job="plano-demo/plano", pod="a"'),
  redisUp: gauge("redis_up", 1),
  used: gauge("redis_memory_used_bytes", 128 * mebibyte),
  max: gauge("redis_memory_max_bytes", 256 * mebibyte),
  evicted: gauge("redis_evicted_keys_total", 0),
  // 20 pins every 30 s, for 600 s.
  keys: keys(400),
  restarts: restarts(0),
  replicas: replicas(2),
  most: gauge("kube_horizontalpodautoscaler_spec_max_replicas", 5, hpa),
  inactive: inactive(0),
};

/** A replica that finds no pins any more, and how many it then looks for in vain. */
const blind = (pod: "a" | "b", misses = 100) => ({
  [`${pod}Hits`]: events(pod, "hit", 90, 0),
  [`${pod}Misses`]: events(pod, "miss", 10, misses),
});

/** An expression, and the series that it gives. */
interface Expectation {
  readonly expr: string;
  readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
}

type Parts = { readonly [part in keyof typeof parts]?: string };

const stopsAt = (value: number, then: string): string => `${value}x${samples - 20} ${then}`;

/** What happens, and the alerts that then fire, all others being silent. */
const cases: readonly (readonly [name: string, change: Parts, fires: readonly string[]])[] = [
  ["all is well", {}, []],
  [
    "a replica has lost Redis",
    // Its look-ups all miss, and its writes go nowhere: half of the pins are there.
    { ...blind("a"), aStores: events("a", "store", 10, 100), keys: keys(220) },
    ["PlanoPinsLost", "PlanoReplicaWithoutRedis a"],
  ],
  [
    "a new replica has lost Redis and never met a pin",
    { aHits: "", aMisses: events("a", "miss", 10), aStores: "" },
    ["PlanoReplicaWithoutRedis a"],
  ],
  ["no replica finds pins any more", { ...blind("a"), ...blind("b") }, ["PlanoPinsFalling"]],
  ["traffic stops", { ...blind("a", 0), ...blind("b", 0), aStores: "", bStores: "" }, []],
  ["Plano 0.4.32 or later counts errors", { aStores: events("a", "error", 0, 1) }, ["PlanoSessionCacheErrors a"]],
  ["nobody gives figures", { up: gauge("up", stopsAt(1, "0x20"), ', job="plano-demo/plano", pod="a"') }, ["PlanoMetricsMissing"]],
  ["Redis is away", { redisUp: gauge("redis_up", stopsAt(1, "0x20")) }, ["PlanoRedisDown"]],
  ["Redis is at 81 %", { used: gauge("redis_memory_used_bytes", 208 * mebibyte) }, ["PlanoRedisMemoryHigh"]],
  ["Redis has no maxmemory", { max: gauge("redis_memory_max_bytes", 0) }, []],
  [
    "Redis fills by 128 MiB an hour",
    {
      used: gauge("redis_memory_used_bytes", `0+${(128 * mebibyte) / 120}x${samples}`),
      max: gauge("redis_memory_max_bytes", 330 * mebibyte),
    },
    ["PlanoRedisFullSoon"],
  ],
  ["Redis evicts", { evicted: gauge("redis_evicted_keys_total", `0x${samples - 4} 50+50x4`) }, ["PlanoPinsEvicted"]],
  ["Redis was emptied", { keys: keys(stopsAt(400, "40x20")) }, ["PlanoPinsLost"]],
  ["a replica was restarted", { restarts: restarts(stopsAt(0, "1x20")) }, ["PlanoReplicaRestarted a"]],
  ["the autoscaler is at its maximum", { replicas: replicas(5) }, ["PlanoAtMaxReplicas"]],
  ["the autoscaler is at its maximum for a moment", { replicas: replicas(`2x${samples - 4} 5x4`) }, []],
  ["the autoscaler has no figures", { inactive: inactive(1) }, ["PlanoAutoscalerBlind"]],
  ["another namespace evicts", { evicted: `redis_evicted_keys_total{namespace="other"} 0+50x${samples}` }, []],
];

/** Every alert on made-up series, with Prometheus' own test runner. */
describe("the alerts, when", function () {
  this.timeout(600_000);
  const alerts = alertsOf(defaultWatched);
  let promtool: string;

  before(async function () {
    const made = ensureTool(testTools.prometheus, silentProgress);
    const prometheus = await made.catch((error: unknown) => skipBecause(this, String(error).split("\n")[0] ?? ""));
    promtool = prometheus.binaries["promtool"] ?? "promtool";
  });

  /** What expressions must give now. @param series as lines in the notation of Prometheus' tests, a sample every 30 s */
  async function holds(series: readonly string[], expectations: readonly Expectation[]): Promise<void> {
    await using scratch = await Scratch.make();
    const interval = "30s";
    await scratch.file("rules.json", JSON.stringify({ groups: [{ name: "all", interval, rules: alerts }] }));
    const input_series = series.map((line) => /^(.*\}) (.*)$/.exec(line)).map((it) => ({ series: it?.[1], values: it?.[2] }));
    const promql_expr_test = expectations.map((it) => ({ ...it, eval_time: `${now}s` }));
    const tests = [{ interval, input_series, promql_expr_test }];
    const test = JSON.stringify({ rule_files: ["rules.json"], evaluation_interval: interval, tests });
    await run(promtool, ["test", "rules", await scratch.file("test.json", test)]);
  }

  for (const [name, change, fires] of cases) {
    it(`${name}: ${fires.join(", ") || "silence"}`, async () => {
      const series = Object.values({ ...parts, ...change }).filter((line) => line !== "");
      const exp_samples = fires.map((it) => {
        const [alert, pod] = it.split(" ");
        return { labels: `{alertname="${alert}"${pod === undefined ? "" : `, pod="${pod}"`}}`, value: 1 };
      });
      await holds(series, [{ expr: 'count by (alertname, pod) (ALERTS{alertstate="firing"})', exp_samples }]);
    });
  }

  it("are each seen firing in one of the cases above", () => {
    const seen = new Set(cases.flatMap(([, , fires]) => fires.map((it) => it.split(" ")[0])));
    assert.deepEqual(
      alerts.map(({ alert }) => alert).filter((it) => !seen.has(it)),
      [],
    );
  });

  it("have a dashboard whose every expression finds something", async () => {
    const served = [
      ...Object.values(parts),
      gauge("redis_expired_keys_total", 0),
      `brightstaff_http_requests_total{${here}} 0+5x${samples}`,
    ];
    const targets = dashboardOf(defaultWatched).panels.flatMap((panel) => panel.targets);
    assert.ok(targets.length > 0);
    const found = targets.map(({ expr }) => ({ expr: `count(${expr}) > bool 0`, exp_samples: [{ labels: "{}", value: 1 }] }));
    await holds(served, found);
  });
});
