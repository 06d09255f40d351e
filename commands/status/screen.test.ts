import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import type { StatusFacts } from "./facts";
import { renderStatus } from "./screen";
import { healthy } from "./testing/sample-facts";

const plain = (facts: Partial<StatusFacts>): string => renderStatus({ ...healthy, ...facts }, { color: false, tables: false });

/** The line of one row. */
function row(label: string, facts: Partial<StatusFacts>): string {
  const lines = plain(facts).split("\n");
  const found = lines.filter((line) => line.startsWith(`${label.padEnd(11)} `));
  assert.equal(found.length, 1, `there is one row ${label} in\n${lines.join("\n")}`);
  return (found[0] ?? "").slice(12);
}

describe("the status screen", () => {
  it("is this", () => {
    const screen = renderStatus(healthy, { color: false, tables: true });
    assert.equal(`\n${screen}\n`, golden);
  });

  it("is one line a row in a pipe", () => {
    assert.equal(`\n${plain({})}\n`, piped);
  });

  it("is at most 100 columns wide, also with long words, and loses none of them", () => {
    const image = `registry.example.com/${"very-long-name/".repeat(12)}plano:0.4.27`;
    const gateway = { value: { ...("value" in healthy.gateway ? healthy.gateway.value : assert.fail()), image } };
    const screen = renderStatus({ ...healthy, gateway }, { color: false, tables: true });
    for (const line of screen.split("\n")) assert.ok(line.length <= 100, `${line.length} characters: ${line}`);
    assert.ok(screen.replaceAll(/[│\s]/g, "").includes(image), screen);
  });

  it("has colours only where they are wanted", () => {
    const colored = renderStatus(healthy, { color: true, tables: true });
    assert.notEqual(colored, stripVTControlCharacters(colored));
    assert.equal(stripVTControlCharacters(colored), renderStatus(healthy, { color: false, tables: true }));
  });

  it("shows nothing that is secret", () => {
    assert.doesNotMatch(plain({}), /hidden-token/);
  });

  it("says of a stopped cluster what starts it, and of the rest that it stands still", () => {
    const unseen = { why: "the cluster is stopped" };
    const stopped = {
      runs: { why: "stopped; npm start starts it again" },
      gateway: unseen,
      replicas: unseen,
      autoscaler: unseen,
      redis: unseen,
    };
    assert.equal(row("cluster", stopped), "sandbox plano-demo at https://10.231.0.2:6443: stopped; npm start starts it again");
    for (const label of ["gateway", "replicas", "autoscaler", "Redis"])
      assert.equal(row(label, stopped), "unknown: the cluster is stopped");
    assert.equal(row("pins", stopped), "unknown: Redis was not read");
    assert.match(row("verdict", stopped), /^pass \(2026-03-01 11:57:00 UTC, 3 min ago\)/);
    assert.equal(row("gateway at", stopped), "http://10.231.0.2:32000");
  });

  it("names a rollout, and replicas that are not ready", () => {
    const value = "value" in healthy.gateway ? healthy.gateway.value : assert.fail();
    assert.equal(
      row("replicas", { gateway: { value: { ...value, wanted: 3, updated: 1 } } }),
      "2 of 3 ready, 1 of 3 of the latest version",
    );
  });

  it("names the fault of a stand-in, and Plano by its release", () => {
    const value = "value" in healthy.gateway ? healthy.gateway.value : assert.fail();
    assert.equal(
      row("gateway", { gateway: { value: { ...value, fault: "memory-cache" } } }),
      "stand-in for Plano 0.4.27, with the fault memory-cache, image plano-affinity/standin:5c1f0c2b",
    );
    const image = "docker.io/katanemo/plano:0.4.26";
    assert.equal(
      row("gateway", { gateway: { value: { ...value, kind: "plano", version: "0.4.26", image } } }),
      `Plano 0.4.26, image ${image}`,
    );
    assert.match(
      row("gateway", { gateway: { value: { ...value, kind: "plano", version: undefined } } }),
      /^Plano of unknown version, /,
    );
  });

  it("says why the CPU is unknown, and where the autoscaler is heading", () => {
    const value = "value" in healthy.autoscaler ? healthy.autoscaler.value : assert.fail();
    assert.equal(
      row("autoscaler", { autoscaler: { value: { ...value, desired: 4, cpu: { why: "no metrics returned" } } } }),
      "2 replicas, on the way to 4, from 2 to 5; CPU unknown (target 70 %): no metrics returned",
    );
    assert.equal(
      row("autoscaler", { autoscaler: { why: "there is no HorizontalPodAutoscaler plano" } }),
      "unknown: there is no HorizontalPodAutoscaler plano",
    );
  });

  it("says why Redis cannot be read, and where an external one is", () => {
    const why = "Redis at 127.0.0.1:1 refused the connection";
    assert.equal(row("Redis", { redis: { why } }), `unknown: ${why}`);
    assert.equal(row("pins", { redis: { why } }), "unknown: Redis was not read");
    const value = "value" in healthy.redis ? healthy.redis.value : assert.fail();
    const external = { value: { ...value, external: true, name: "rediss://cache.example.com:6380", memory: undefined } };
    assert.equal(row("Redis", { redis: external }), "external, rediss://cache.example.com:6380: it does not tell its memory");
  });

  it("shows evictions, and memory without a limit", () => {
    const value = "value" in healthy.redis ? healthy.redis.value : assert.fail();
    const memory = { ...(value.memory ?? assert.fail()), maxBytes: 0, policy: null, evictedKeys: 7 };
    assert.equal(
      row("Redis", { redis: { value: { ...value, memory } } }),
      "redis-0: 1.4 MiB, no limit; 7 evicted since it started",
    );
  });

  it("counts pins as far as Redis lets it", () => {
    const value = "value" in healthy.redis ? healthy.redis.value : assert.fail();
    const pins = (seen: typeof value.pins): string => row("pins", { redis: { value: { ...value, pins: seen } } });
    assert.equal(pins({ value: { count: 0, complete: true, ttl: undefined, endless: 0 } }), "0");
    assert.equal(
      pins({ value: { count: 200_000, complete: false, ttl: { least: 1_000, median: 2_000, most: 3_000 }, endless: 3 } }),
      "at least 200000; TTL least 1 s, median 2 s, most 3 s; 3 never run out",
    );
    assert.equal(
      pins({ value: { keys: 12, averageMs: 411_400 } }),
      "12; TTL about 411 s on average (Redis' own count of keys: its access list forbids SCAN, which the TTLs' spread takes)",
    );
    assert.match(pins({ value: { keys: 0, averageMs: undefined } }), /^0 \(Redis' own count of keys/);
    assert.equal(pins({ why: "Command timed out" }), "unknown: Command timed out");
  });

  it("shows a verdict that is no pass with its reason, and none where there was no proof", () => {
    const value = "value" in healthy.verdict ? healthy.verdict.value : assert.fail();
    assert.equal(
      row("verdict", {
        verdict: { value: { ...value, verdict: "unknown", reason: "no ready pod", sessions: [], checks: [], at: undefined } },
      }),
      "unknown; no ready pod",
    );
    assert.equal(row("verdict", { verdict: { why: "none yet" } }), "none yet");
  });

  it("has no row for a report that is not there, and says why one cannot be read", () => {
    assert.doesNotMatch(plain({ report: undefined }), /^report/m);
    assert.equal(row("report", { report: { why: "r.json is not JSON" } }), "unknown: r.json is not JSON");
  });

  it("says of a stack that was taken down that its cluster stayed", () => {
    const unseen = { why: "not on the cluster; npm start brings it back" };
    const stack = { name: "dev", project: "plano-affinity", outputs: {}, history: [] };
    const facts = { stack, gateway: unseen, replicas: unseen, autoscaler: unseen, redis: unseen };
    assert.equal(row("stack", facts), "dev, namespace plano-demo");
    assert.equal(row("cluster", facts), "sandbox plano-demo at https://10.231.0.2:6443, runs Kubernetes v1.34.4");
    assert.equal(row("gateway", facts), "unknown: not on the cluster; npm start brings it back");
    assert.doesNotMatch(plain(facts), /^(gateway|Jaeger) at/m);
  });
});

const golden = `
┌─────────────┬────────────────────────────────────────────────────────────────────────────────────┐
│ stack       │ dev, namespace plano-demo; last update succeeded, 3 min ago                        │
│ cluster     │ sandbox plano-demo at https://10.231.0.2:6443, runs Kubernetes v1.34.4             │
│ gateway     │ stand-in for Plano 0.4.27, image plano-affinity/standin:5c1f0c2b                   │
│ replicas    │ 2 of 2 ready                                                                       │
│ autoscaler  │ 2 replicas, from 2 to 5; CPU 3 % of 70 %                                           │
│ Redis       │ redis-0: 1.4 MiB of 256.0 MiB (0.5 %), allkeys-lru; 0 evicted since it started     │
│ pins        │ 12; TTL least 31 s, median 411 s, most 598 s                                       │
│ verdict     │ pass (2026-03-01 11:57:00 UTC, 3 min ago); 4 of 4 sessions held on 2 replicas of   │
│             │ the stand-in; control pass, pinning pass, redis pass, traces pass                  │
│ report      │ fail (2026-02-27 12:00:00 UTC, 2 d ago); pinning: session a-001 changed its model; │
│             │ /project/reports/affinity.json                                                     │
│ gateway at  │ http://10.231.0.2:32000                                                            │
│ Jaeger at   │ http://localhost:16686, through a tunnel: npm run open                             │
└─────────────┴────────────────────────────────────────────────────────────────────────────────────┘
┌────────────────────────┬───────┬───────┬──────────┬──────┐
│ replica                │ state │ age   │ restarts │ node │
├────────────────────────┼───────┼───────┼──────────┼──────┤
│ plano-5b86d68df7-f565x │ ready │ 3 min │ 0        │ node │
│ plano-5b86d68df7-xw6vs │ ready │ 95 s  │ 1        │ node │
└────────────────────────┴───────┴───────┴──────────┴──────┘
`;

const piped = `
stack       dev, namespace plano-demo; last update succeeded, 3 min ago
cluster     sandbox plano-demo at https://10.231.0.2:6443, runs Kubernetes v1.34.4
gateway     stand-in for Plano 0.4.27, image plano-affinity/standin:5c1f0c2b
replicas    2 of 2 ready
replica     plano-5b86d68df7-f565x: ready, age 3 min, 0 restarts, on node node
replica     plano-5b86d68df7-xw6vs: ready, age 95 s, 1 restarts, on node node
autoscaler  2 replicas, from 2 to 5; CPU 3 % of 70 %
Redis       redis-0: 1.4 MiB of 256.0 MiB (0.5 %), allkeys-lru; 0 evicted since it started
pins        12; TTL least 31 s, median 411 s, most 598 s
verdict     pass (2026-03-01 11:57:00 UTC, 3 min ago); 4 of 4 sessions held on 2 replicas of the stand-in; control pass, pinning pass, redis pass, traces pass
report      fail (2026-02-27 12:00:00 UTC, 2 d ago); pinning: session a-001 changed its model; /project/reports/affinity.json
gateway at  http://10.231.0.2:32000
Jaeger at   http://localhost:16686, through a tunnel: npm run open
`;
