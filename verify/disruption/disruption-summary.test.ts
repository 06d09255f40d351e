import assert from "node:assert/strict";
import type { DisruptionEvent } from "./event";
import { findingOf, type FindingTerms } from "./summary";
import { eventsIn } from "../report/evidence";

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
  summary: "all is well",
  ...overrides,
});

function find(events: readonly DisruptionEvent[], overrides: Partial<FindingTerms> = {}) {
  return findingOf({
    outcomes: events.map((it) => ({ event: it, sessions: [] })),
    notBegun: [],
    leftOut: undefined,
    mended: undefined,
    leftover: undefined,
    passed: `${events.length} faults, each recovered`,
    durationMs: 12_345.6,
    ...overrides,
  });
}

describe("the finding of a check that disturbs", () => {
  it("passes with the time to recover from each, and the requests lost in all", () => {
    const { verdict, summary } = find([event("Pod deleted"), event("Redis restarted")]);
    assert.deepEqual(
      [verdict, summary],
      ["pass", "2 faults, each recovered: pod deleted 2.1 s, Redis restarted 2.1 s; 4 of 1,400 requests lost; all pins held"],
    );
  });

  it("shows misrouted requests, and what was left out, without failing for them", () => {
    const requests = { total: 10, lost: 0, misrouted: 3 };
    const { verdict, summary } = find([event("Rollout", { requests })], {
      leftOut: "Redis' faults were left out: it is external",
    });
    assert.equal(verdict, "pass");
    assert.match(
      summary,
      /; 0 of 10 requests lost, 3 misrouted meanwhile; all pins held; Redis' faults were left out: it is external$/,
    );
  });

  it("fails with the first failed event, and names what was not begun", () => {
    const failed = event("Rollout", { verdict: "fail", recoveredMs: null, summary: "a new pin is not honoured: s1" });
    const { verdict, summary } = find([event("Pod deleted"), failed], {
      notBegun: ["Redis restarted"],
      mended: "a rollout fixed it",
    });
    assert.equal(verdict, "fail");
    assert.equal(
      summary,
      "rollout: a new pin is not honoured: s1; a rollout fixed it; not begun: Redis restarted; 4 of 1,400 requests lost",
    );
  });

  it("is unknown with an unknown event, without events, and when the deployment is not as it was", () => {
    assert.match(
      find([event("Rollout", { verdict: "unknown", summary: "it did not land" })]).summary,
      /^rollout: it did not land; /,
    );
    assert.equal(find([event("Rollout", { verdict: "unknown" })]).verdict, "unknown");
    assert.equal(find([]).verdict, "unknown");
    const left = find([event("Rollout")], { leftover: "the scale could not be put back" });
    assert.deepEqual([left.verdict, left.summary], ["unknown", "2 of 700 requests lost; the scale could not be put back"]);
  });

  it("leaves evidence in the shape that the HTML report draws", () => {
    const { evidence, verdict, summary } = find([event("Pod deleted"), event("Rollout", { landedMs: null, recoveredMs: null })]);
    const drawn = eventsIn({ id: "faults", verdict, summary, evidence, durationMs: 1 });
    assert.equal(evidence["durationMs"], 12_346);
    assert.deepEqual(
      drawn.map(({ title, landedMs }) => [title, landedMs]),
      [
        ["Pod deleted", 1_000],
        ["Rollout", null],
      ],
    );
  });
});
