import assert from "node:assert/strict";
import type { DisruptionEvent } from "./event";
import { findingOf, type Outcome } from "./trial";
import { wordsOf } from "../testing/samples";

const event = (title: string, overrides: Partial<DisruptionEvent> = {}): DisruptionEvent => ({
  ...{ id: title, title, target: "pod x", verdict: "pass", proof: "it is gone", summary: "all is well" },
  ...{ startedMs: 0, landedMs: 1_000, redisBackMs: null, recoveredMs: 3_140, endedMs: 4_000 },
  ...{ requests: { total: 700, lost: 2, misrouted: 0 }, anchoredAnew: null, ...overrides },
});

function find(events: readonly DisruptionEvent[], more: Partial<Outcome> = {}) {
  const none = { notBegun: [], leftOut: null, mended: null, leftover: null, durationMs: 12_346, requestsPerSecond: 20 };
  return findingOf({ ...none, events, ...more }, `${events.length} faults, each recovered`);
}

/** What else it says is shown by real replicas: test/integration/disruption. */
describe("the finding of a check that disturbs", () => {
  it("has the time to recover from each fault, and adds up what requests and sessions have met", () => {
    const misrouted = event("Rollout", { requests: { total: 10, lost: 0, misrouted: 3 } });
    const killed = event("Redis clients killed", { anchoredAnew: { used: 4, moved: 1 } });
    const restarted = event("Redis restarted", { anchoredAnew: { used: 4, moved: 2 } });
    const all =
      "pass: 3 faults, each recovered: rollout 2.1 s, Redis clients killed 2.1 s, Redis restarted 2.1 s; " +
      "4 of 1,410 requests lost, 3 misrouted meanwhile; 3 of 8 sessions used while Redis was away changed their model " +
      "for good (their contract keeps it only while Redis answers); all other pins held";
    assert.equal(wordsOf(find([misrouted, killed, restarted])), all);
  });

  it("is unknown without an event, and where the deployment is not as it was", () => {
    assert.equal(wordsOf(find([])), "unknown: ");
    assert.equal(find([event("Rollout")], { leftover: "the scale could not be put back" }).verdict, "unknown");
  });
});
