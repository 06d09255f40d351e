import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import type { StatusFacts } from "./look";
import { age, renderStatus } from "./screen";

const outputs = {
  kubeconfig: "users: [{user: {token: hidden-token}}]",
  namespace: "plano-demo",
  gatewayUrl: "http://10.231.0.2:32000",
  gatewayHint: "",
  jaegerUrl: "http://localhost:16686",
  jaegerHint: "kubectl --namespace plano-demo port-forward service/jaeger 16686:16686",
};
const gateway = {
  kind: "standin" as const,
  version: "0.4.27" as string | undefined,
  image: "plano-affinity/standin:5c1f0c2b",
  fault: undefined,
  wanted: 2,
  ready: 2,
  updated: 2,
};
const autoscaler = { current: 2, desired: 2, min: 2, max: 5, cpu: { value: 3 }, cpuTarget: 70 };
const memory = {
  runId: "1",
  role: "master",
  usedBytes: 1_468_006,
  maxBytes: 268_435_456,
  policy: "allkeys-lru",
  evictedKeys: 0,
} as const;
const pins = { count: 12, complete: true, ttl: { least: 31_200, median: 411_000, most: 598_400 }, endless: 0 };
const redis = { name: "redis-0", external: false, memory, pins: { value: pins } };
const verdict = {
  verdict: "pass",
  reason: null,
  gateway: "standin",
  replicas: ["plano-5b86d68df7-f565x", "plano-5b86d68df7-xw6vs"],
  sessions: ["a", "b", "c", "d"].map((id) => ({ id, verdict: "pass", model: "m", replicas: [] })),
  checks: ["control", "pinning", "redis", "traces"].map((id) => ({ id, verdict: "pass" })),
  at: new Date("2026-03-01T11:57:00Z"),
};

/** A stack on a sandbox, all of which can be seen. */
const healthy: StatusFacts = {
  now: new Date("2026-03-01T12:00:00Z"),
  namespace: "plano-demo",
  stack: {
    name: "dev",
    project: "plano-affinity",
    outputs,
    history: [
      { kind: "update", result: "succeeded", endTime: "2026-03-01T11:57:00.000Z", config: {} },
      { kind: "update", result: "failed", endTime: "2026-03-01T11:00:00.000Z", config: {} },
    ],
  },
  cluster: { kind: "sandbox", name: "plano-demo", server: "https://10.231.0.2:6443" },
  runs: { value: "v1.34.4" },
  gateway: { value: gateway },
  replicas: {
    value: [
      { name: "plano-5b86d68df7-f565x", state: "ready", ageMs: 190_000, restarts: 0, node: "node" },
      { name: "plano-5b86d68df7-xw6vs", state: "ready", ageMs: 95_000, restarts: 1, node: "node" },
    ],
  },
  autoscaler: { value: autoscaler },
  redis: { value: redis },
  verdict: { value: verdict },
  report: {
    value: {
      path: "/project/reports/affinity.json",
      writtenAt: new Date("2026-02-27T12:00:00Z"),
      verdict: "fail",
      reason: "pinning: session a-001 changed its model",
    },
  },
};

const plain = (facts: Partial<StatusFacts>): string => renderStatus({ ...healthy, ...facts }, { color: false, tables: false });

/** The text of one row, null where there is none. */
function row(label: string, facts: Partial<StatusFacts>): string | null {
  const lines = plain(facts).split("\n");
  return lines.find((line) => line.startsWith(`${label.padEnd(11)} `))?.slice(12) ?? null;
}

const stopped = { why: "the cluster is stopped" };
const down = { why: "not on the cluster; npm start brings it back" };
const unseen = (why: { readonly why: string }) => ({ gateway: why, replicas: why, autoscaler: why, redis: why });
const takenDown = { stack: { name: "dev", project: "plano-affinity", outputs: {}, history: [] }, ...unseen(down) };

/** Facts that differ from the healthy ones, and what the rows say then. */
const cases: Readonly<Record<string, readonly [facts: Partial<StatusFacts>, rows: Readonly<Record<string, string | null>>]>> = {
  "a stopped cluster": [
    { runs: { why: "stopped; npm start starts it again" }, ...unseen(stopped) },
    {
      cluster: "sandbox plano-demo at https://10.231.0.2:6443: stopped; npm start starts it again",
      gateway: "unknown: the cluster is stopped",
      replicas: "unknown: the cluster is stopped",
      autoscaler: "unknown: the cluster is stopped",
      Redis: "unknown: the cluster is stopped",
      pins: "unknown: Redis was not read",
      "gateway at": "http://10.231.0.2:32000",
    },
  ],
  "a stack that was taken down": [
    takenDown,
    {
      stack: "dev, namespace plano-demo",
      cluster: "sandbox plano-demo at https://10.231.0.2:6443, runs Kubernetes v1.34.4",
      gateway: "unknown: not on the cluster; npm start brings it back",
      "gateway at": null,
      "Jaeger at": null,
    },
  ],
  "a rollout": [
    { gateway: { value: { ...gateway, wanted: 3, updated: 1 } } },
    { replicas: "2 of 3 ready, 1 of 3 of the latest version" },
  ],
  "a fault": [
    { gateway: { value: { ...gateway, fault: "memory-cache" } } },
    { gateway: "stand-in for Plano 0.4.27, with the fault memory-cache, image plano-affinity/standin:5c1f0c2b" },
  ],
  Plano: [
    { gateway: { value: { ...gateway, kind: "plano", version: "0.4.26", image: "plano:0.4.26" } } },
    { gateway: "Plano 0.4.26, image plano:0.4.26" },
  ],
  "Plano without a version": [
    { gateway: { value: { ...gateway, kind: "plano", version: undefined, image: "x/plano" } } },
    { gateway: "Plano of unknown version, image x/plano" },
  ],
  "an autoscaler without metrics": [
    { autoscaler: { value: { ...autoscaler, desired: 4, cpu: { why: "no metrics returned" } } } },
    { autoscaler: "2 replicas, on the way to 4, from 2 to 5; CPU unknown (target 70 %): no metrics returned" },
  ],
  "an external Redis that hides its memory": [
    { redis: { value: { ...redis, external: true, name: "rediss://cache.example.com:6380", memory: undefined } } },
    { Redis: "external, rediss://cache.example.com:6380: it does not tell its memory" },
  ],
  evictions: [
    { redis: { value: { ...redis, memory: { ...memory, maxBytes: 0, policy: null, evictedKeys: 7 } } } },
    { Redis: "redis-0: 1.4 MiB, no limit; 7 evicted since it started" },
  ],
  "no pins": [
    { redis: { value: { ...redis, pins: { value: { count: 0, complete: true, ttl: undefined, endless: 0 } } } } },
    { pins: "0" },
  ],
  "too many pins, some of which never expire": [
    { redis: { value: { ...redis, pins: { value: { ...pins, count: 200_000, complete: false, endless: 3 } } } } },
    { pins: "at least 200000; TTL least 31 s, median 411 s, most 598 s; 3 never expire" },
  ],
  "a Redis that forbids SCAN": [
    { redis: { value: { ...redis, pins: { value: { keys: 12, averageMs: 411_400 } } } } },
    {
      pins: "12; TTL about 411 s on average (Redis' own count of keys: its access list forbids SCAN, which would show the spread of TTLs)",
    },
  ],
  "a Redis that stopped answering": [
    { redis: { value: { ...redis, pins: { why: "Command timed out" } } } },
    { pins: "unknown: Command timed out" },
  ],
  "a verdict that is no pass": [
    { verdict: { value: { ...verdict, verdict: "unknown", reason: "no ready pod", sessions: [], checks: [], at: undefined } } },
    { verdict: "unknown; no ready pod" },
  ],
  "no proof and no report": [
    { verdict: { why: "none yet" }, report: undefined },
    { verdict: "none yet", report: null },
  ],
  "an unreadable report": [{ report: { why: "r.json is not JSON" } }, { report: "unknown: r.json is not JSON" }],
};

describe("the status screen", () => {
  it("is a table on a terminal, and one line a row in a pipe", () => {
    assert.equal(`\n${renderStatus(healthy, { color: false, tables: true })}\n`, golden);
    assert.equal(`\n${plain({})}\n`, piped);
  });

  for (const [name, [facts, rows]] of Object.entries(cases))
    it(`shows ${name}`, () => {
      for (const [label, text] of Object.entries(rows)) assert.equal(row(label, facts), text, label);
    });

  it("is at most 100 columns wide, also with long words, and loses none of them", () => {
    const image = `registry.example.com/${"very-long-name/".repeat(12)}plano:0.4.27`;
    const screen = renderStatus({ ...healthy, gateway: { value: { ...gateway, image } } }, { color: false, tables: true });
    for (const line of screen.split("\n")) assert.ok(line.length <= 100, `${line.length} characters: ${line}`);
    assert.ok(screen.replaceAll(/[│\s]/g, "").includes(image), screen);
  });

  it("has colours only where they are wanted", () => {
    const colored = renderStatus(healthy, { color: true, tables: true });
    assert.notEqual(colored, stripVTControlCharacters(colored));
    assert.equal(stripVTControlCharacters(colored), renderStatus(healthy, { color: false, tables: true }));
  });

  it("rounds ages, and shows none below zero", () => {
    const ages = [-1, 0, 119_999, 120_000, 7_199_000, 7_200_000, 172_799_000, 172_800_000].map(age);
    assert.deepEqual(ages, ["0 s", "0 s", "119 s", "2 min", "119 min", "2 h", "47 h", "2 d"]);
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
