import assert from "node:assert/strict";
import type { FailureGroup } from "./tally";
import { judgeSoak, type FaultReport, type SoakFacts } from "./report";
import type { Verdict } from "../../report/report";
import { factsOf, faultOf } from "./testing/sample-facts";

const base = factsOf();
const failure = (overrides: Partial<FailureGroup>): FailureGroup => ({
  ...{ way: "service", cause: "connection reset", fault: null, outage: false, podLeft: false, count: 2, ...overrides },
});
const flatUnknown = { from: 1, to: 1, flat: null };
const growing = { from: 100, to: 200, flat: false };
const sessions = (more: Partial<SoakFacts["sessions"]>) => ({ sessions: { ...base.sessions, ...more } });
const settings = (more: Partial<SoakFacts["settings"]>) => ({ settings: { ...base.settings, ...more } });
const usage = (more: Partial<SoakFacts["usage"]>) => ({ usage: { ...base.usage, ...more } });
const faults = (more: Partial<FaultReport>) => ({ faults: [faultOf(more)] });

const cases: readonly [verdict: Verdict, reason: string | null, facts: Partial<SoakFacts>, why?: string][] = [
  ["pass", null, {}, "all pins held, an outage of Redis included"],
  [
    "pass",
    null,
    { failures: [failure({ outage: true, fault: 0 }), failure({ way: "pod", podLeft: true })] },
    "failures are explained by an outage, or by a pod that left",
  ],
  ["pass", null, sessions({ least: 4_900 }), "2 % of the sessions are being replaced"],
  ["pass", null, { ...settings({ sessions: 20 }), ...sessions({ least: 18 }) }, "of few sessions two are"],
  ["pass", null, faults({ recoveredMs: 78_000 }), "affinity is back 15 s after Redis, to the millisecond"],
  [
    "fail",
    "3 answers with another model than the pin's outside of any outage of Redis, in 2 sessions",
    { answers: { ...base.answers, outside: 3 }, ...sessions({ violated: 2 }) },
  ],
  ["fail", "1 pins did not outlive an outage of Redis", { answers: { ...base.answers, lost: 1 } }],
  ["fail", "2 requests through the service failed, e.g. connection reset", { failures: [failure({})] }],
  [
    "fail",
    "2 requests through a pod that was not told to end failed, e.g. connection reset",
    { failures: [failure({ way: "pod" })] },
  ],
  ["fail", "Redis restarted: affinity was not back within 15 s of Redis", faults({ recoveredMs: 78_001 })],
  ["fail", "Redis restarted: not shared", faults({ verdict: "fail", summary: "not shared" })],
  ["fail", "the soak's own memory grew from 100 to 200 MiB", usage({ memoryMib: growing })],
  ["fail", "the soak's own open handles grew from 100 to 200", usage({ handles: growing })],
  ["unknown", "at most 4000 sessions lived at the same time, not 5000", sessions({ peak: 4_000, allLiveMs: null })],
  ["unknown", "there was no time for: redis-restarted (--minutes)", { faults: [] }],
  ["unknown", "only 4899 of 5000 sessions lived at one time, although all had before", sessions({ least: 4_899 })],
  [
    "unknown",
    "Redis restarted: late",
    faults({ landedMs: null, redisBackMs: null, recoveredMs: null, verdict: "unknown", summary: "late" }),
  ],
  [
    "unknown",
    "Redis restarted: it was not seen when Redis was back, so nothing tells how soon affinity was after it",
    faults({ redisBackMs: null }),
  ],
  [
    "unknown",
    "there was no time for: rollout (--minutes); Redis is elsewhere",
    { leftOut: "Redis is elsewhere", faults: [], ...settings({ faults: ["redis-restarted", "rollout"] }) },
  ],
  ["unknown", "Redis is elsewhere", { leftOut: "Redis is elsewhere", faults: [] }],
  ["unknown", "nothing was disturbed", { ...settings({ faults: [] }), faults: [] }],
  ["unknown", "no request through the service was answered", { requests: { ...base.requests, service: { sent: 0, failed: 0 } } }],
  ["unknown", "no request to a pod by itself was answered", { requests: { ...base.requests, pod: { sent: 5, failed: 5 } } }],
  ["unknown", "20000 requests that were due could not be sent (--rate)", { requests: { ...base.requests, skipped: 20_000 } }],
  ["unknown", "the scale could not be put back", { leftover: "the scale could not be put back" }],
  ["unknown", "too short to tell whether memory is flat (--minutes)", usage({ memoryMib: flatUnknown })],
];

describe("the verdict of a soak", () => {
  for (const [verdict, reason, facts, why] of cases) {
    it(`is ${verdict}: ${reason ?? why}`, () => {
      assert.deepEqual(judgeSoak(factsOf(facts), { interrupted: false, problem: null }), { verdict, reason });
    });
  }

  it("is unknown when interrupted, and tells what had failed until then", () => {
    const facts = factsOf({ answers: { ...base.answers, lost: 1 } });
    const reason = "interrupted; so far: 1 pins did not outlive an outage of Redis";
    assert.deepEqual(judgeSoak(facts, { interrupted: true, problem: null }), { verdict: "unknown", reason });
  });

  it("is unknown when nothing could be measured, with that reason alone", () => {
    const problem = "no ready pod matches app=plano";
    const judged = judgeSoak(factsOf({ faults: [] }), { interrupted: false, problem });
    assert.deepEqual(judged, { verdict: "unknown", reason: problem });
  });
});
