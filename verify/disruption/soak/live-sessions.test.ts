import assert from "node:assert/strict";
import { LiveSessions } from "./live-sessions";
import type { PinnedSession } from "./pinned-session";
import { seededRandom } from "./random";

const sessionOf = (index: number): PinnedSession => ({
  id: `s${index}`,
  index,
  pinnedUntil: 100 + index,
  model: "a",
  settled: true,
  confirmedAt: index,
  rounds: 1,
  busy: false,
  violated: false,
  strayed: false,
});

describe("live sessions", () => {
  it("are picked at random, each about as often", () => {
    const live = new LiveSessions();
    for (let i = 0; i < 10; i++) live.add(sessionOf(i));
    const random = seededRandom(1);
    const counts = new Map<string, number>();
    for (let n = 0; n < 10_000; n++) {
      const { id } = live.pick(random) as PinnedSession;
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    assert.equal(counts.size, 10);
    for (const count of counts.values()) assert.ok(count > 850 && count < 1_150, String(count));
  });

  it("are not picked while they are being asked", () => {
    const live = new LiveSessions();
    for (let i = 0; i < 2; i++) live.add({ ...sessionOf(i), busy: i === 0 });
    const random = seededRandom(1);
    for (let n = 0; n < 100; n++) assert.notEqual(live.pick(random)?.id, "s0");
  });

  it("are counted, those that are being begun included, from when on as many live as were wanted", () => {
    const live = new LiveSessions();
    for (let i = 0; i < 10; i++) {
      live.add(sessionOf(i));
      live.note(10, 1);
      assert.equal(live.least, i < 9 ? undefined : 11);
    }
    live.expire(104);
    live.note(10, 2);
    for (let i = 10; i < 20; i++) live.add(sessionOf(i));
    live.note(10, 0);
    assert.deepEqual([live.peak, live.least], [15, 7]);
  });

  it("go when their pins may have run out, and do not pile up", () => {
    const live = new LiveSessions();
    for (let i = 0; i < 50_000; i++) {
      live.add(sessionOf(i));
      live.expire(i);
      assert.ok(live.size <= 101);
    }
    assert.equal(live.peak, 101);
    const left = new Set(Array.from({ length: 5_000 }, () => live.pick(seededRandom(Math.random() * 1e9))?.index));
    assert.ok(
      [...left].every((index) => index !== undefined && 100 + index > 49_999),
      "those that ended are gone",
    );
    const { size } = live;
    const given = live.pick(Math.random) as PinnedSession;
    live.remove(given);
    live.remove(given);
    assert.equal(live.size, size - 1);
    live.expire(1e9);
    assert.deepEqual([live.size, live.pick(Math.random)], [0, undefined]);
  });
});
