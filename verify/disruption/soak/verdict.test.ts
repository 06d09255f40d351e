import assert from "node:assert/strict";
import type { FailureGroup } from "./tally";
import type { SoakFacts } from "./verdict";
import { judgeSoak } from "./verdict";
import { factsOf, faultOf } from "./testing/sample-facts";

const judge = (overrides: Partial<SoakFacts>): readonly [string, string | null] => {
  const { verdict, reason } = judgeSoak(factsOf(overrides), { interrupted: false });
  return [verdict, reason];
};
const base = factsOf();
const failure = (overrides: Partial<FailureGroup>): FailureGroup => ({
  way: "service",
  cause: "connection reset",
  fault: null,
  outage: false,
  podLeft: false,
  count: 2,
  ...overrides,
});

describe("the verdict of a soak", () => {
  it("is pass where all pins held, an outage of Redis included", () => {
    assert.deepEqual(judge({}), ["pass", null]);
  });

  for (const [what, overrides, reason] of [
    [
      "an unexplained answer",
      { answers: { ...base.answers, outside: 3 }, sessions: { ...base.sessions, violated: 2 } },
      "3 answers with another model than the pin's outside of any outage of Redis, in 2 sessions",
    ],
    ["a lost pin", { answers: { ...base.answers, lost: 1 } }, "1 pins did not outlive an outage of Redis"],
    ["a failed request", { failures: [failure({})] }, "2 requests through the service failed, e.g. connection reset"],
    [
      "a failed request to a pod that stayed",
      { failures: [failure({ way: "pod" })] },
      "2 requests through a pod that was not told to end failed, e.g. connection reset",
    ],
    [
      "a slow recovery",
      { faults: [faultOf({ recoveredMs: 78_001 })] },
      "Redis restarted: affinity was not back within 15 s of Redis",
    ],
    [
      "a fault without recovery",
      { faults: [faultOf({ verdict: "fail", summary: "not shared" })] },
      "Redis restarted: not shared",
    ],
    [
      "growing memory",
      { usage: { ...base.usage, memoryMib: { from: 100, to: 200, flat: false } } },
      "the soak's own memory grew from 100 to 200 MiB",
    ],
    [
      "growing handles",
      { usage: { ...base.usage, handles: { from: 100, to: 200, flat: false } } },
      "the soak's own open handles grew from 100 to 200",
    ],
  ] as const) {
    it(`is fail for ${what}`, () => assert.deepEqual(judge(overrides), ["fail", reason]));
  }

  it("takes failures during an outage, and those of a pod that left, for explained", () => {
    const failures = [failure({ outage: true, fault: 0 }), failure({ way: "pod", podLeft: true })];
    assert.deepEqual(judge({ failures }), ["pass", null]);
  });

  it("is pass where 2 % of the sessions are being replaced, of few sessions two", () => {
    assert.deepEqual(judge({ sessions: { ...base.sessions, least: 4_900 } }), ["pass", null]);
    assert.deepEqual(judge({ settings: { ...base.settings, sessions: 20 }, sessions: { ...base.sessions, least: 18 } }), [
      "pass",
      null,
    ]);
  });

  it("is pass at 15 s after Redis was back, to the millisecond", () => {
    assert.deepEqual(judge({ faults: [faultOf({ recoveredMs: 78_000 })] }), ["pass", null]);
  });

  for (const [overrides, reason] of [
    [{ sessions: { ...base.sessions, peak: 4_000, allLiveMs: null } }, "at most 4000 sessions lived at the same time, not 5000"],
    [{ faults: [] }, "there was no time for: redis-restarted (--minutes)"],
    [{ sessions: { ...base.sessions, least: 4_899 } }, "only 4899 of 5000 sessions lived at one time, although all had before"],
    [
      { faults: [faultOf({ landedMs: null, redisBackMs: null, recoveredMs: null, verdict: "unknown", summary: "late" })] },
      "Redis restarted: late",
    ],
    [
      { faults: [faultOf({ redisBackMs: null })] },
      "Redis restarted: it was not seen when Redis was back, so nothing tells how soon affinity was after it",
    ],
    [
      { leftOut: "Redis is elsewhere", faults: [], settings: { ...base.settings, faults: ["redis-restarted", "rollout"] } },
      "there was no time for: rollout (--minutes); Redis is elsewhere",
    ],
    [{ leftOut: "Redis is elsewhere", faults: [] }, "Redis is elsewhere"],
    [{ settings: { ...base.settings, faults: [] }, faults: [] }, "nothing was disturbed"],
    [{ faults: [faultOf({ verdict: "unknown", summary: "interrupted" })] }, "Redis restarted: interrupted"],
    [{ requests: { ...base.requests, service: { sent: 0, failed: 0 } } }, "no request through the service was answered"],
    [{ requests: { ...base.requests, pod: { sent: 5, failed: 5 } } }, "no request to a pod by itself was answered"],
    [{ requests: { ...base.requests, skipped: 20_000 } }, "20000 requests that were due could not be sent (--rate)"],
    [{ leftOut: "Redis' faults were left out" }, "Redis' faults were left out"],
    [{ leftover: "the scale could not be put back" }, "the scale could not be put back"],
    [
      { usage: { ...base.usage, memoryMib: { from: 1, to: 1, flat: null } } },
      "too short to tell whether memory is flat (--minutes)",
    ],
  ] as const) {
    it(`is unknown: ${reason}`, () => assert.deepEqual(judge(overrides), ["unknown", reason]));
  }

  it("is unknown when interrupted, and tells what had failed until then", () => {
    const facts = factsOf({ answers: { ...base.answers, lost: 1 } });
    assert.deepEqual(judgeSoak(facts, { interrupted: true }), {
      verdict: "unknown",
      reason: "interrupted; so far: 1 pins did not outlive an outage of Redis",
    });
  });

  it("is unknown when nothing could be measured, with that reason alone", () => {
    const problem = "no ready pod matches app=plano";
    assert.deepEqual(judgeSoak(factsOf({ faults: [] }), { interrupted: false, problem }), {
      verdict: "unknown",
      reason: problem,
    });
  });
});
