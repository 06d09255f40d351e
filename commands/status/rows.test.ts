import assert from "node:assert/strict";
import type { V1Pod, V2HorizontalPodAutoscaler } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import type { RedisMemory } from "../../verify/redis/memory";
import { clusterOf } from "./look";
import { memoryRow, pinsRow } from "./redis";
import { addressRows, age, type Row, rowsOf, stackRow, verdictRow } from "./rows";
import type { AffinityOutput, StackChange, StackFacts } from "./stack";
import { autoscalerRow, gatewayRows, replicaRows } from "./workload";

const now = new Date("2026-03-01T12:00:00Z");
const update = (result: string, endTime: string): StackChange => ({ kind: "update", result, endTime, config: {} });
const history = [update("failed", "2026-03-01T11:58:00.000Z"), update("succeeded", "2026-03-01T11:57:00.000Z")];
const stack = (changes: Partial<StackFacts>): StackFacts => ({
  name: "dev",
  project: "plano-affinity",
  outputs: {},
  history,
  ...changes,
});
const stackWith = (changes: Partial<StackFacts>): Row => stackRow(stack(changes), "demo", now);

const affinity: AffinityOutput = {
  verdict: "pass",
  reason: null,
  gateway: "standin",
  replicas: ["a", "b"],
  sessions: ["s", "t"].map((id) => ({ id, verdict: "pass", model: "m", replicas: [] })),
  checks: ["control", "pinning"].map((id) => ({ id, verdict: "pass" })),
};
const verdict = (changes: Partial<AffinityOutput>, facts: Partial<StackFacts> = {}): Row =>
  verdictRow(stack({ outputs: { affinity: { ...affinity, ...changes } }, ...facts }), now);

const gateway = (image: string, setting?: string, fault?: string, status: object = { readyReplicas: 2, updatedReplicas: 2 }) => {
  const env = fault === undefined ? [] : [{ name: "STANDIN_FAULT", value: fault }];
  const containers = [{ name: "other" }, { name: "gateway", image, env }];
  return gatewayRows({ spec: { replicas: 2, selector: {}, template: { spec: { containers } } }, status }, setting);
};
const replicas = (status?: object) => gateway("x", undefined, undefined, status)[1];
const digest = `x/plano@sha256:${"0123456789abcdef".repeat(4)}`;

const scaled = (status: object, target?: object): Row => {
  const metrics = [{ type: "Resource", resource: { name: "cpu", target } }];
  return autoscalerRow({
    spec: { minReplicas: 2, maxReplicas: 5, metrics: target && metrics },
    status,
  } as V2HorizontalPodAutoscaler);
};
const cpu = { averageUtilization: 70, type: "Utilization" };
const currentMetrics = [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: 0 } } }];
const unmeasured = "0 replicas, from 2 to 5; CPU unknown";
const inactive = { type: "ScalingActive", status: "False", reason: "FailedGetResourceMetric" };

const memory: RedisMemory = {
  runId: "1",
  role: "master",
  usedBytes: 1_468_006,
  maxBytes: 268_435_456,
  policy: "allkeys-lru",
  evictedKeys: 0,
};
const memoryWith = (changes: Partial<RedisMemory>): Row | undefined => memoryRow("redis-0", { ...memory, ...changes });
const info = "# Keyspace\r\ndb0:keys=12,expires=12,avg_ttl=411400,subexpiry=0\r\ndb10:keys=3,expires=1,avg_ttl=0\r\n";

/** Rows, and what they say. */
const cases: Readonly<Record<string, readonly [row: Row | undefined, text: string, mood: string]>> = {
  "a stack": [stackWith({ history: history.slice(1) }), "dev, namespace demo; last update succeeded, 3 min ago", "plain"],
  "a stack whose update failed": [stackWith({}), "dev, namespace demo; last update failed, 2 min ago", "bad"],
  // An update that fails before its proof leaves an earlier pass.
  "a pass, of the last update that succeeded": [
    verdict({}),
    "pass (2026-03-01 11:57:00 UTC, 3 min ago); 2 of 2 sessions held on 2 replicas of the stand-in; control pass, pinning pass",
    "good",
  ],
  "a fail, of the latest update": [
    verdict({ verdict: "fail", reason: "why", gateway: "plano", checks: [] }),
    "fail (2026-03-01 11:58:00 UTC, 2 min ago); why; 2 of 2 sessions held on 2 replicas",
    "bad",
  ],
  "a verdict without sessions": [verdict({ verdict: "unknown", sessions: [], checks: [] }, { history: [] }), "unknown", "odd"],
  "Plano, by its image's tag": [gateway("x/plano:0.4.26", "0.4.27")[0], "Plano 0.4.26, image x/plano:0.4.26", "plain"],
  "Plano, by the setting": [gateway("plano:5c1f0c2b", "0.4.27")[0], "Plano 0.4.27, image plano:5c1f0c2b", "plain"],
  "Plano of a digest": [gateway(digest)[0], "Plano of unknown version, image x/plano@sha256:0123456789ab…", "plain"],
  "the stand-in": [gateway("x:1.2.3", "0.4.27", "none")[0], "stand-in for Plano 0.4.27, image x:1.2.3", "plain"],
  "a fault": [gateway("x:1", undefined, "memory-cache")[0], "stand-in for Plano, with the fault memory-cache, image x:1", "odd"],
  "no containers": [gatewayRows({}, undefined)[0], "Plano of unknown version, image unknown", "plain"],
  "all replicas": [replicas(), "2 of 2 ready", "good"],
  "a rollout": [replicas({ readyReplicas: 2, updatedReplicas: 1 }), "2 of 2 ready, 1 of 2 of the latest version", "odd"],
  "a replica that is missing": [gatewayRows({}, "")[1], "0 of 1 ready, 0 of 1 of the latest version", "bad"],
  "an autoscaler": [
    scaled({ currentReplicas: 2, desiredReplicas: 3, currentMetrics }, cpu),
    "2 replicas, on the way to 3, from 2 to 5; CPU 0 % of 70 %",
    "plain",
  ],
  // What was measured before no longer counts.
  "an autoscaler without metrics": [
    scaled({ conditions: [{ ...inactive, message: "unable to get\nmetrics" }], currentMetrics }, cpu),
    `${unmeasured} (target 70 %): unable to get metrics`,
    "odd",
  ],
  "an autoscaler that gives no message": [scaled({ conditions: [inactive] }), `${unmeasured}: FailedGetResourceMetric`, "odd"],
  Redis: [memoryWith({}), "redis-0: 1.4 MiB of 256.0 MiB (0.5 %), allkeys-lru; 0 evicted since it started", "plain"],
  evictions: [
    memoryWith({ maxBytes: 0, policy: null, evictedKeys: 7 }),
    "redis-0: 1.4 MiB, no limit; 7 evicted since it started",
    "bad",
  ],
  "a Redis that hides its memory": [memoryRow("external, x", undefined), "external, x: it does not tell its memory", "plain"],
  pins: [pinsRow(info, 0), "12 keys in database 0; TTL about 411 s on average", "plain"],
  "pins that never expire": [pinsRow(info, 10), "3 keys in database 10; 2 never expire", "odd"],
  "a Redis that hides its keys": [pinsRow("", 0), "unknown: Redis does not tell its keys", "odd"],
};

describe("a row of the status", () => {
  for (const [name, [row, text, mood]] of Object.entries(cases))
    it(`shows ${name}`, () => assert.deepEqual(row?.slice(1), [text, mood]));

  it("has addresses, and says what has to run before they answer", () => {
    assert.deepEqual(addressRows({ gatewayUrl: "http://g", gatewayHint: "", jaegerUrl: "http://j", jaegerHint: "kubectl …" }), [
      ["gateway at", "http://g", "plain"],
      ["Jaeger at", "http://j, first run: kubectl …", "plain"],
    ]);
    assert.deepEqual(addressRows({}), []);
  });

  it("rounds ages, and shows none below zero", () => {
    const ages = [-1, 0, 119_999, 120_000, 7_199_000, 7_200_000, 172_799_000, 172_800_000].map(age);
    assert.deepEqual(ages, ["0 s", "0 s", "119 s", "2 min", "119 min", "2 h", "47 h", "2 d"]);
  });

  it("says in one line why there is nothing to show", async () => {
    const [row] = await rowsOf(() => Promise.reject(new Error("first\n  second")), "Redis");
    assert.deepEqual(row, ["Redis", "unknown: first second", "odd"]);
  });
});

describe("the replicas", () => {
  it("are shown by name, with restarts of side-cars too, without pods that ended", () => {
    const pod = (name: string, status: V1Pod["status"]): V1Pod => ({
      // The API server sends the time as text.
      metadata: { name, uid: name, creationTimestamp: "2026-03-01T11:00:00Z" as unknown as Date },
      spec: { nodeName: "node", containers: [] },
      status,
    });
    const container = (name: string, restartCount: number, state = {}) => ({ ...shape, name, restartCount, state });
    const shape = { ready: true, image: "", imageID: "" };
    const ready = {
      conditions: [{ type: "Ready", status: "True" }],
      initContainerStatuses: [container("watch", 2)],
      containerStatuses: [container("gateway", 1)],
    };
    const waiting = {
      containerStatuses: [{ ...container("gateway", 5, { waiting: { reason: "CrashLoopBackOff" } }), ready: false }],
    };
    const bare = { metadata: { name: "d", uid: "d", deletionTimestamp: now } };
    assert.deepEqual(replicaRows([pod("b", waiting), pod("a", ready), bare, pod("c", { phase: "Failed" })], now), [
      ["replica", "a: ready, age 60 min, 3 restarts, on node node", "plain"],
      ["replica", "b: container gateway waits: CrashLoopBackOff, age 60 min, 5 restarts, on node node", "plain"],
      ["replica", "d: ending, age –, 0 restarts, on node –", "plain"],
    ]);
  });
});

describe("the cluster of a stack", () => {
  const server = "https://10.0.0.1:6443";
  const kubeconfig = (context: string): string =>
    JSON.stringify({
      "current-context": context,
      contexts: [{ name: context, context: { cluster: "c" } }],
      clusters: [{ name: "c", cluster: { server } }],
    });

  it("is told by the name of its context, unless the setting says that it is the user's", () => {
    const words = (context: string, setting?: string): string => clusterOf(kubeconfig(context), setting).words;
    assert.deepEqual(clusterOf(kubeconfig("plano-affinity-mine"), "auto"), {
      sandbox: "mine",
      words: `sandbox mine at ${server}`,
    });
    assert.equal(words("kind-plano-demo"), `kind plano-demo at ${server}`);
    assert.equal(words("kind-x", "existing"), `existing cluster, context kind-x at ${server}`);
  });
});
