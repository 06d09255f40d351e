import assert from "node:assert/strict";
import { merge, missedRows, whyNoStack } from "./index";
import { sample } from "./testing/sample";

describe("measurements", () => {
  const later = { measuredOn: "2026-02-01", machine: "8 cores" };

  it("take a new part in the place of the old one, and leave the others", () => {
    const stack = { ...sample.stack, ...later };
    assert.deepEqual(merge(sample, { stack }), { ...sample, stack });
    assert.deepEqual(merge(sample, {}), sample);
    assert.equal(merge({}, { sessions: sample.sessions }).sessions, sample.sessions);
    for (const [part, old] of Object.entries(sample)) {
      const news = { [part]: { ...old, ...later } };
      assert.deepEqual(merge(sample, news), { ...sample, ...news });
    }
  });

  it("are not displaced by what a machine cannot measure", () => {
    const reason = { ...later, reason: "the sandbox needs Linux and root, and this is darwin" };
    assert.deepEqual(merge(sample, { stack: reason, tunnels: reason }), sample);
    assert.equal(merge({}, { stack: reason }).stack, reason);
    assert.equal(merge({ stack: reason }, { stack: sample.stack }).stack, sample.stack);
  });

  it("of the stack are for Linux and root", () => {
    assert.equal(whyNoStack("darwin", true), "the sandbox needs Linux and root, and this is darwin");
    assert.equal(whyNoStack("linux", false), "the sandbox needs Linux and root, and this user is not root");
    assert.equal(whyNoStack("linux", true), undefined);
  });

  it("name the targets that they miss: memory, and a time that grows faster than the sessions", () => {
    const { sessions } = sample;
    const tooMuch = ["100,000 × 2: peak memory of the verifier"];
    const what = (measured: Parameters<typeof missedRows>[0]): readonly string[] => missedRows(measured).map((row) => row.what);
    assert.deepEqual(what(sample), tooMuch);
    const slow = { sessions: 100_000, seconds: [601], peakMib: [299] };
    assert.deepEqual(what({ sessions: { ...sessions, points: [...sessions.points.slice(0, 2), slow] } }), [
      "time per session at 100,000 ÷ at 1,000",
    ]);
    assert.deepEqual(missedRows({}), []);
  });
});
