import assert from "node:assert/strict";
import { faultIds } from "./options";
import { seededRandom } from "./random";
import { faultOrder, timetable } from "./schedule";
import { disturbances } from "..";

function first(count: number, ids: readonly string[], seed: number): string[] {
  const order = faultOrder(
    disturbances.filter(({ id }) => ids.includes(id)),
    seededRandom(seed),
  );
  return Array.from({ length: count }, () => order.next().value?.id ?? "");
}

describe("the order of a soak's faults", () => {
  it("has each once in a round, in rounds that differ, and is the same for the same seed", () => {
    const rounds = Array.from({ length: 20 }, (_, i) => first(120, faultIds, 7).slice(6 * i, 6 * i + 6));
    for (const round of rounds) assert.deepEqual([...round].sort(), [...faultIds].sort());
    assert.ok(new Set(rounds.map(String)).size > 5);
    assert.notDeepEqual(first(60, faultIds, 7), first(60, faultIds, 8));
  });

  it("removes a replica directly after one was added, and keeps to what is wanted", () => {
    const order = first(600, faultIds, 1);
    for (const [i, id] of order.entries()) if (id === "replica-removed") assert.equal(order[i - 1], "replica-added");
    assert.deepEqual(new Set(first(20, ["rollout", "pod-deleted"], 3)), new Set(["rollout", "pod-deleted"]));
    assert.deepEqual([...faultOrder([], seededRandom(1))], []);
  });
});

describe("a soak's timetable", () => {
  it("leaves quiet times of at most 20 s, and time for the last recovery, but in the first round for every fault's turn", () => {
    for (const [minutes, expected] of [
      [15, [900_000, 360_000, 880_000, 840_000, 20_000]],
      [2, [120_000, 48_000, 100_000, 90_000, 3_000]],
      [0.1, [6_000, 2_400, 4_500, 4_500, 150]],
    ] as const) {
      const { endMs, firstAtLatestMs, beginsUntilMs, quietMs } = timetable(minutes);
      assert.deepEqual([endMs, firstAtLatestMs, beginsUntilMs(true), beginsUntilMs(false), quietMs], expected);
    }
  });

  it("has time in 2 minutes for six faults of the lengths of a real run, and half as long again", () => {
    const { beginsUntilMs, quietMs } = timetable(2);
    // Seconds of Replica added and removed, Redis clients killed, Rollout, Pod deleted, Redis restarted, on 2 cores.
    const lengths = [2.7, 5.6, 11.5, 9.6, 5.7, 15] as const;
    /** @param elapsedMs when all sessions live */
    const turns = (slower: number, elapsedMs: number): number => {
      for (let turn = 0; ; turn++) {
        elapsedMs += quietMs;
        if (elapsedMs > beginsUntilMs(turn < 6)) return turn;
        elapsedMs += (lengths[turn % 6] as number) * 1_000 * slower;
      }
    };
    assert.deepEqual([turns(1, 20_000), turns(1, 40_000), turns(1.5, 24_000), turns(2, 40_000)], [6, 6, 6, 4]);
    assert.equal(turns(0.5, 20_000), 10);
  });
});
