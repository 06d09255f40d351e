import type { StatusFacts } from "../facts";

const now = new Date("2026-03-01T12:00:00Z");

/** A stack on a sandbox, all of which can be seen. */
export const healthy: StatusFacts = {
  now,
  namespace: "plano-demo",
  stack: {
    name: "dev",
    project: "plano-affinity",
    outputs: {
      kubeconfig: "users: [{user: {token: hidden-token}}]",
      namespace: "plano-demo",
      gatewayUrl: "http://10.231.0.2:32000",
      gatewayHint: "",
      jaegerUrl: "http://localhost:16686",
      jaegerHint: "kubectl --namespace plano-demo port-forward service/jaeger 16686:16686",
    },
    history: [
      { kind: "update", result: "succeeded", endTime: "2026-03-01T11:57:00.000Z", config: {} },
      { kind: "update", result: "failed", endTime: "2026-03-01T11:00:00.000Z", config: {} },
    ],
  },
  cluster: { kind: "sandbox", name: "plano-demo", server: "https://10.231.0.2:6443" },
  runs: { value: "v1.34.4" },
  gateway: {
    value: {
      kind: "standin",
      version: "0.4.27",
      image: "plano-affinity/standin:5c1f0c2b",
      fault: undefined,
      wanted: 2,
      ready: 2,
      updated: 2,
    },
  },
  replicas: {
    value: [
      { name: "plano-5b86d68df7-f565x", state: "ready", ageMs: 190_000, restarts: 0, node: "node" },
      { name: "plano-5b86d68df7-xw6vs", state: "ready", ageMs: 95_000, restarts: 1, node: "node" },
    ],
  },
  autoscaler: { value: { current: 2, desired: 2, min: 2, max: 5, cpu: { value: 3 }, cpuTarget: 70 } },
  redis: {
    value: {
      name: "redis-0",
      external: false,
      memory: {
        runId: "1",
        role: "master",
        usedBytes: 1_468_006,
        maxBytes: 268_435_456,
        policy: "allkeys-lru",
        evictedKeys: 0,
      },
      pins: { value: { count: 12, complete: true, ttl: { least: 31_200, median: 411_000, most: 598_400 }, endless: 0 } },
    },
  },
  verdict: {
    value: {
      verdict: "pass",
      reason: null,
      gateway: "standin",
      replicas: ["plano-5b86d68df7-f565x", "plano-5b86d68df7-xw6vs"],
      sessions: Array.from({ length: 4 }, () => ({ verdict: "pass" })),
      checks: ["control", "pinning", "redis", "traces"].map((id) => ({ id, verdict: "pass" })),
      at: new Date("2026-03-01T11:57:00Z"),
    },
  },
  report: {
    value: {
      path: "/project/reports/affinity.json",
      writtenAt: new Date("2026-02-27T12:00:00Z"),
      verdict: "fail",
      reason: "pinning: session a-001 changed its model",
    },
  },
};
