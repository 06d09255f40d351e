import assert from "node:assert/strict";
import { json } from "./json";
import type { Report, SessionReport } from "./report";

const session = (id: string): SessionReport => ({
  id,
  verdict: "pass",
  model: "m",
  route: null,
  models: ["m", null],
  replicas: ["a", "b"],
  ttlSeconds: 1.5,
});

function reportWith(sessions: readonly SessionReport[]): Report {
  return {
    schema: "plano-affinity/report/v1",
    verdict: "pass",
    reason: null,
    startedAt: "2026-01-31T12:00:00.000Z",
    durationMs: 1,
    target: 'odd "sessions": [] name\n  "sessions": []',
    replicas: [],
    checks: [{ id: "x", verdict: "pass", summary: "s", durationMs: 1, evidence: { sessions: [], more: { sessions: [] } } }],
    sessions,
    requests: { total: 1, failed: 0, p50Ms: 1, p99Ms: 1 },
  };
}

describe("the JSON report", () => {
  for (const count of [0, 1, 3]) {
    it(`is in pieces what it is whole, with ${count} sessions`, () => {
      const report = reportWith(Array.from({ length: count }, (_, i) => session(`s${i}`)));
      assert.equal([...json.render(report)].join(""), `${JSON.stringify(report, null, 2)}\n`);
    });
  }
});
