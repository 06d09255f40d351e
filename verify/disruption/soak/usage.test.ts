import assert from "node:assert/strict";
import { trendOf, watchUsage, type UsageSample } from "./usage";
import { VirtualClock } from "../../testing/virtual-clock";

const { signal } = new AbortController();
const samples = (memory: readonly number[]): UsageSample[] =>
  memory.map((memoryMib, i) => ({ atMs: 5_000 * i, memoryMib, handles: 50 }));

describe("a soak's own use of memory and handles", () => {
  it("is flat within 20 % or 48 MiB, by the least of the first third and of the last", () => {
    const trend = (...memory: readonly number[]) => trendOf(samples(memory), "memoryMib");
    assert.deepEqual(trend(900, 100, 100, 1, 900, 1, 900, 148, 900), { from: 100, to: 148, flat: true });
    assert.equal(trend(100, 900, 100, 1, 1, 1, 149, 900, 149).flat, false);
    assert.equal(trend(1_000, 1_000, 1_000, 1, 1, 1, 1_200, 1_200, 1_200).flat, true);
    assert.deepEqual(trendOf(samples([1, 1, 1, 1, 1, 1, 1, 1, 1]), "handles"), { from: 50, to: 50, flat: true });
    // A few samples, or none, tell nothing.
    assert.equal(trendOf(samples([1, 1, 1, 1, 1, 1, 1, 900]), "memoryMib").flat, null);
    assert.deepEqual(trendOf([], "handles"), { from: 0, to: 0, flat: null });
  });

  it("is judged from when on all sessions live, and keeps few samples however long it takes", async () => {
    const clock = new VirtualClock();
    const watch = watchUsage({ clock, signal }, 24 * 60, () => ({ memoryMib: clock.now() < 600_000 ? 1 : 100, handles: 9 }));
    await clock.run(clock.sleep(24 * 3_600_000));
    const { memoryMib, samples: kept } = watch.report(600_000);
    await watch[Symbol.asyncDispose]();
    assert.deepEqual(memoryMib, { from: 100, to: 100, flat: true });
    assert.ok(kept.length > 100 && kept.length <= 241, String(kept.length));
    assert.deepEqual([kept[0]?.atMs, (kept.at(-1)?.atMs ?? 0) > 23 * 3_600_000], [0, true]);
  });

  it("is read from this very process", async () => {
    const clock = new VirtualClock();
    await using watch = watchUsage({ clock, signal }, 1);
    const [sample] = watch.report(0).samples;
    assert.ok((sample?.memoryMib ?? 0) > 10 && (sample?.handles ?? 0) > 0, JSON.stringify(sample));
  });
});
