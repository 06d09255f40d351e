import assert from "node:assert/strict";
import type { FailureGroup } from "./tally";
import { judgeSoak, type FaultReport, type SoakFacts } from "./report";
import { factsOf, faultOf } from "./testing/sample-facts";

const base = factsOf();
const failure = (overrides: Partial<FailureGroup>): FailureGroup => ({
  ...{ way: "service", cause: "connection reset", fault: null, outage: false, podLeft: false, count: 2, ...overrides },
});
const sessions = (more: Partial<SoakFacts["sessions"]>) => ({ sessions: { ...base.sessions, ...more } });
const settings = (more: Partial<SoakFacts["settings"]>) => ({ settings: { ...base.settings, ...more } });
const faults = (more: Partial<FaultReport>) => ({ faults: [faultOf(more)] });

type Cases = Readonly<Record<string, Partial<SoakFacts>>>;

const passes: Cases = {
  "all pins held, an outage of Redis included": {},
  "failures are explained by an outage, or by a pod that left": {
    failures: [failure({ outage: true, fault: 0 }), failure({ way: "pod", podLeft: true })],
  },
  "2 % of the sessions are being replaced": sessions({ least: 4_900 }),
  "of few sessions two are": { ...settings({ sessions: 20 }), ...sessions({ least: 18 }) },
  "affinity is back 15 s after Redis, to the millisecond": faults({ recoveredMs: 78_000 }),
};

/** By their reasons. */
const failed: Cases = {
  "3 answers with another model than the pin's outside of any outage of Redis": { answers: { ...base.answers, outside: 3 } },
  "1 pins did not outlive an outage of Redis": { answers: { ...base.answers, lost: 1 } },
  "2 requests through the service failed, e.g. connection reset": { failures: [failure({})] },
  "2 requests through a pod that was not told to end failed, e.g. connection reset": { failures: [failure({ way: "pod" })] },
  "Redis restarted: affinity was not back within 15 s of Redis": faults({ recoveredMs: 78_001 }),
  "Redis restarted: not shared": faults({ verdict: "fail", summary: "not shared" }),
};

const notKnown: Cases = {
  "at most 4000 sessions lived at the same time, not 5000": sessions({ peak: 4_000, allLiveMs: null }),
  "there was no time for: redis-restarted (--minutes)": { faults: [] },
  "only 4899 of 5000 sessions lived at one time, although all had before": sessions({ least: 4_899 }),
  "Redis restarted: late": faults({
    ...{ landedMs: null, redisBackMs: null, recoveredMs: null, verdict: "unknown", summary: "late" },
  }),
  "there was no time for: rollout (--minutes); Redis is elsewhere": {
    ...{ leftOut: "Redis is elsewhere", faults: [], ...settings({ faults: ["redis-restarted", "rollout"] }) },
  },
  "nothing was disturbed": { ...settings({ faults: [] }), faults: [] },
  "no request through the service was answered": { requests: { ...base.requests, service: { sent: 0, failed: 0 } } },
  "no request to a pod by itself was answered": { requests: { ...base.requests, pod: { sent: 5, failed: 5 } } },
  "20000 requests that were due could not be sent (--rate)": { requests: { ...base.requests, skipped: 20_000 } },
  "the scale could not be put back": { leftover: "the scale could not be put back" },
};

describe("the verdict of a soak", () => {
  for (const [verdict, cases] of Object.entries({ pass: passes, fail: failed, unknown: notKnown })) {
    for (const [why, facts] of Object.entries(cases)) {
      it(`is ${verdict}: ${why}`, () => {
        const reason = verdict === "pass" ? null : why;
        assert.deepEqual(judgeSoak(factsOf(facts), { interrupted: false, problem: null }), { verdict, reason });
      });
    }
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
