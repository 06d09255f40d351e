import assert from "node:assert/strict";
import { Tally } from "./tally";
import { Windows } from "./windows";

describe("the tally of a soak", () => {
  const window = new Windows().open(0, true);

  it("groups failures by way, cause and fault, the most frequent first", () => {
    const tally = new Tally();
    for (let n = 0; n < 3; n++) {
      tally.failed({ way: "service", cause: "connection reset", window, outage: true, podLeft: false });
    }
    tally.failed({ way: "pod", cause: "connection reset", window: undefined, outage: false, podLeft: true });
    assert.deepEqual(tally.failures(), [
      { way: "service", cause: "connection reset", fault: 0, outage: true, podLeft: false, count: 3 },
      { way: "pod", cause: "connection reset", fault: null, outage: false, podLeft: true, count: 1 },
    ]);
    assert.deepEqual(tally.ways(), { service: { sent: 0, failed: 3 }, pod: { sent: 0, failed: 1 } });
  });

  it("takes tunnels to different pods that broke alike for alike", () => {
    const tally = new Tally();
    for (const pod of ["fa190a99", "0c1d2e3f"]) {
      const cause = `connection reset: error forwarding port 12000 to pod ${pod}, uid : failed to execute portforward`;
      tally.failed({ way: "pod", cause, window, outage: true, podLeft: false });
    }
    assert.deepEqual(
      tally.failures().map(({ cause, count }) => [cause, count]),
      [["connection reset, through a tunnel", 2]],
    );
  });

  it("does not grow with the number of different causes, and loses none", () => {
    const tally = new Tally();
    for (let n = 0; n < 10_000; n++) {
      tally.failed({ way: "pod", cause: `cause ${n}`, window, outage: false, podLeft: false });
    }
    const groups = tally.failures();
    assert.ok(groups.length <= 201, String(groups.length));
    assert.equal(groups.reduce((sum, { count }) => sum + count, 0), 10_000); // prettier-ignore
    assert.deepEqual([groups[0]?.cause, groups[0]?.count], ["other causes", 9_800]);
  });

  it("counts a fault's requests, and what was answered by another model meanwhile", () => {
    const tally = new Tally();
    tally.sent("service", window);
    tally.sent("pod", undefined);
    for (const verdict of ["held", "inside", "lost", "outside", "unjudged"] as const) tally.judged(verdict, window);
    assert.deepEqual(tally.during(0), { sent: 1, failed: 0, misrouted: 3 });
    assert.deepEqual(tally.during(undefined), { sent: 1, failed: 0, misrouted: 0 });
    assert.deepEqual(tally.answers(), { held: 1, unjudged: 1, inside: 1, lost: 1, outside: 1 });
  });

  it("keeps the first examples only", () => {
    const tally = new Tally();
    for (let n = 0; n < 100; n++) tally.example({ kind: "lost", session: `s${n}`, sentence: "", atMs: n });
    assert.deepEqual([tally.examples.length, tally.examples[0]?.session], [20, "s0"]);
  });
});
