import assert from "node:assert/strict";
import { Tally } from "./tally";
import { Windows } from "./sessions";

describe("the tally of a soak", () => {
  const window = new Windows().add(true);
  const reset = { cause: "connection reset", outage: true, podLeft: false };

  it("groups failures by way, cause and fault, the most frequent first, whatever pod a tunnel led to", () => {
    const tally = new Tally();
    for (const pod of ["fa190a99", "0c1d2e3f", "11111111"]) {
      const cause = `${reset.cause}: error forwarding port 12000 to pod ${pod}, uid : failed to execute portforward`;
      tally.failed({ ...reset, way: "service", cause }, window);
    }
    tally.failed({ ...reset, way: "pod" }, undefined);
    assert.deepEqual(tally.failures(), [
      { ...reset, way: "service", cause: "connection reset, through a tunnel", fault: 0, count: 3 },
      { ...reset, way: "pod", fault: null, count: 1 },
    ]);
    assert.deepEqual(tally.ways, { service: { sent: 0, failed: 3 }, pod: { sent: 0, failed: 1 } });
  });

  it("does not grow with the number of different causes and examples, and loses no failure", () => {
    const tally = new Tally();
    for (let n = 0; n < 10_000; n++) {
      tally.failed({ ...reset, way: "pod", cause: `cause ${n}` }, window);
      tally.violation({ kind: "lost", session: `s${n}`, sentence: "", atMs: n });
    }
    const groups = tally.failures();
    assert.ok(groups.length <= 201, String(groups.length));
    const failures = groups.reduce((sum, { count }) => sum + count, 0);
    assert.equal(failures, 10_000);
    assert.deepEqual([groups[0]?.cause, groups[0]?.count], ["other causes", 9_800]);
    assert.deepEqual([tally.examples.length, tally.examples[0]?.session, tally.sessions.violated], [20, "s0", 10_000]);
  });

  it("counts a fault's requests, and what was answered by another model meanwhile", () => {
    const tally = new Tally();
    const window = new Windows().add(false);
    tally.sent("service", window);
    tally.sent("pod", undefined);
    for (const verdict of ["held", "inside", "lost", "outside", "unjudged"] as const) tally.judged(verdict, window);
    assert.deepEqual(window.requests, { sent: 1, failed: 0, misrouted: 3 });
    assert.deepEqual(tally.answers, { held: 1, unjudged: 1, inside: 1, lost: 1, outside: 1 });
  });
});
