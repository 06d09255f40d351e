import assert from "node:assert/strict";
import type { DisruptionEvent } from "./event";
import { findingOf, type Outcome } from "./trial";

const event = (title: string, overrides: Partial<DisruptionEvent> = {}): DisruptionEvent => ({
  id: title,
  title,
  target: "pod x",
  startedMs: 0,
  landedMs: 1_000,
  redisBackMs: null,
  recoveredMs: 3_140,
  endedMs: 4_000,
  verdict: "pass",
  proof: "it is gone",
  requests: { total: 700, lost: 2, misrouted: 0 },
  anchoredAnew: null,
  summary: "all is well",
  ...overrides,
});

function find(events: readonly DisruptionEvent[], more: Partial<Outcome> = {}) {
  const none = { notBegun: [], leftOut: null, mended: null, leftover: null, durationMs: 12_346, requestsPerSecond: 20 };
  return findingOf({ ...none, events, ...more }, `${events.length} faults, each recovered`);
}

const late = event("Rollout", { verdict: "unknown", summary: "it did not land" });
const failed = event("Rollout", { verdict: "fail", recoveredMs: null, summary: "a new pin is not honoured: s1" });
const misrouted = event("Rollout", { requests: { total: 10, lost: 0, misrouted: 3 } });
const killed = event("Redis clients killed", { anchoredAnew: { used: 4, moved: 1 } });
const restarted = event("Redis restarted", { anchoredAnew: { used: 4, moved: 2 } });
const leftOut = "Redis' faults were left out: it is external";
const fixed = { notBegun: ["Redis restarted"], mended: "a rollout fixed it" };

describe("the finding of a check that disturbs", () => {
  const cases: readonly [what: string, found: ReturnType<typeof find>, verdict: string, summary: string][] = [
    [
      "the time to recover from each, and the requests lost",
      find([event("Pod deleted"), event("Redis restarted")]),
      "pass",
      "2 faults, each recovered: pod deleted 2.1 s, Redis restarted 2.1 s; 4 of 1,400 requests lost; all pins held",
    ],
    [
      "misrouted requests, and what was left out",
      find([misrouted], { leftOut }),
      "pass",
      `1 faults, each recovered: rollout 2.1 s; 0 of 10 requests lost, 3 misrouted meanwhile; all pins held; ${leftOut}`,
    ],
    [
      "what sessions lost by the terms of the contract",
      find([event("Pod deleted"), killed, restarted]),
      "pass",
      "3 faults, each recovered: pod deleted 2.1 s, Redis clients killed 2.1 s, Redis restarted 2.1 s; 6 of 2,100 requests lost; " +
        "3 of 8 sessions used while Redis was away changed their model for good " +
        "(their contract keeps it only while Redis answers); all other pins held",
    ],
    [
      "the first failed event, and what was not begun",
      find([event("Pod deleted"), failed], fixed),
      "fail",
      "rollout: a new pin is not honoured: s1; a rollout fixed it; not begun: Redis restarted; 4 of 1,400 requests lost",
    ],
    ["an unknown event", find([late]), "unknown", "rollout: it did not land; 2 of 700 requests lost"],
    ["no event", find([]), "unknown", ""],
    [
      "a deployment that is not as it was",
      find([event("Rollout")], { leftover: "the scale could not be put back" }),
      "unknown",
      "2 of 700 requests lost; the scale could not be put back",
    ],
  ];
  for (const [what, found, verdict, summary] of cases) {
    it(`is ${verdict} and shows ${what}`, () => assert.deepEqual([found.verdict, found.summary], [verdict, summary]));
  }
});
