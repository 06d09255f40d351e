import assert from "node:assert/strict";
import type { V1Deployment, V1Pod, V2HorizontalPodAutoscaler } from "@kubernetes/client-node" with {
  "resolution-mode": "import",
};
import { countedPins } from "./redis";
import { see } from "./seen";
import { autoscalerFacts, gatewayFacts, replicaFacts } from "./workload";

const now = new Date("2026-03-01T12:00:00Z");

describe("the gateway's facts", () => {
  const facts = (image: string, setting?: string, fault?: string) => {
    const env = fault === undefined ? [] : [{ name: "STANDIN_FAULT", value: fault }];
    const containers = [{ name: "other" }, { name: "gateway", image, env }];
    const spec = { replicas: 3, selector: {}, template: { spec: { containers } } };
    return gatewayFacts({ spec, status: { readyReplicas: 2, updatedReplicas: 1 } } satisfies V1Deployment, setting);
  };

  it("tell Plano by the image's tag, else by the setting, and the stand-in by its fault", () => {
    const image = "docker.io/katanemo/plano:0.4.26";
    const plano = { kind: "plano", version: "0.4.26", image, fault: undefined, wanted: 3, ready: 2, updated: 1 };
    assert.deepEqual(facts(image, "0.4.27"), plano);
    assert.equal(facts("plano-affinity/plano:5c1f0c2b", "0.4.27").version, "0.4.27");
    assert.equal(facts("plano-affinity/plano:5c1f0c2b").version, undefined);
    const standin = { ...plano, kind: "standin", version: "0.4.27", image: "x/standin:1.2.3" };
    assert.deepEqual(facts("x/standin:1.2.3", "0.4.27", "none"), standin);
    assert.equal(facts("x/standin:1.2.3", "0.4.27", "memory-cache").fault, "memory-cache");
  });

  it("cut digests short, and do without anything", () => {
    assert.equal(facts(`x/plano@sha256:${"0123456789abcdef".repeat(4)}`).image, "x/plano@sha256:0123456789ab…");
    const { image, wanted, ready } = gatewayFacts({}, undefined);
    assert.deepEqual([image, wanted, ready], ["unknown", 1, 0]);
  });
});

describe("the replicas' facts", () => {
  const pod = (name: string, status: V1Pod["status"]): V1Pod => ({
    // The API server sends the time as text.
    metadata: { name, uid: name, creationTimestamp: "2026-03-01T11:00:00Z" as unknown as Date },
    spec: { nodeName: "node", containers: [] },
    status,
  });
  const container = (name: string, restartCount: number, ready = true) => ({ name, restartCount, ready, image: "", imageID: "" });

  it("count restarts of side-cars too, by name, without pods that ended", () => {
    const ready = {
      conditions: [{ type: "Ready", status: "True" }],
      initContainerStatuses: [container("watch", 2)],
      containerStatuses: [container("gateway", 1)],
    };
    const waiting = {
      containerStatuses: [{ ...container("gateway", 5, false), state: { waiting: { reason: "CrashLoopBackOff" } } }],
    };
    const bare = { metadata: { name: "d", uid: "d", deletionTimestamp: now } };
    assert.deepEqual(replicaFacts([pod("b", waiting), pod("a", ready), bare, pod("c", { phase: "Failed" })], now), [
      { name: "a", state: "ready", ageMs: 3_600_000, restarts: 3, node: "node" },
      { name: "b", state: "container gateway waits: CrashLoopBackOff", ageMs: 3_600_000, restarts: 5, node: "node" },
      { name: "d", state: "ending", ageMs: undefined, restarts: 0, node: undefined },
    ]);
  });
});

describe("the autoscaler's facts", () => {
  const spec = {
    minReplicas: 2,
    maxReplicas: 5,
    scaleTargetRef: { kind: "Deployment", name: "plano" },
    metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } }],
  };
  const facts = (status: object) => autoscalerFacts({ spec, status } as V2HorizontalPodAutoscaler);
  const currentMetrics = [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: 0 } } }];
  const inactive = { type: "ScalingActive", status: "False", reason: "FailedGetResourceMetric" };

  it("are its bounds and the CPU of its target", () => {
    const expected = { current: 2, desired: 3, min: 2, max: 5, cpu: { value: 0 }, cpuTarget: 70 };
    assert.deepEqual(facts({ currentReplicas: 2, desiredReplicas: 3, currentMetrics }), expected);
  });

  it("say why the CPU is unknown; what was measured before no longer counts", () => {
    assert.deepEqual(facts({}).cpu, { why: "not measured yet" });
    const message = facts({ conditions: [{ ...inactive, message: "unable to get\nmetrics" }] });
    assert.deepEqual(message.cpu, { why: "unable to get metrics" });
    assert.deepEqual(facts({ conditions: [inactive], currentMetrics }).cpu, { why: "FailedGetResourceMetric" });
  });
});

describe("what was seen", () => {
  it("is a value, or why there is none, in one line", async () => {
    assert.deepEqual(await see(async () => 3), { value: 3 });
    assert.deepEqual(await see(() => Promise.reject(new Error("first\n  second"))), { why: "first second" });
  });
});

describe("Redis' own count of keys", () => {
  it("is that of one database", () => {
    const info = "# Keyspace\r\ndb0:keys=12,expires=12,avg_ttl=411400,subexpiry=0\r\ndb10:keys=3,expires=0,avg_ttl=0\r\n";
    assert.deepEqual(countedPins(info, 0), { keys: 12, averageMs: 411_400 });
    assert.deepEqual(countedPins(info, 10), { keys: 3, averageMs: undefined });
    assert.deepEqual(countedPins(info, 1), { keys: 0, averageMs: undefined });
  });
});
