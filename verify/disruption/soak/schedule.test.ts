import assert from "node:assert/strict";
import { faultIds } from "./options";
import { faultOrder, timetable } from "./schedule";
import { seededRandom } from "./testing/seeded-random";
import { disturbances } from "..";

function first(count: number, ids: readonly string[], seed: number): string[] {
  const order = faultOrder(
    disturbances.filter(({ id }) => ids.includes(id)),
    seededRandom(seed),
  );
  return Array.from({ length: count }, () => order.next().value?.id ?? "");
}

describe("the order of a soak's faults", () => {
  it("has each once in a round, in rounds that differ", () => {
    const { length } = faultIds;
    const rounds = Array.from({ length: 20 }, (_, i) => first(20 * length, faultIds, 7).slice(length * i, length * (i + 1)));
    for (const round of rounds) assert.deepEqual([...round].sort(), [...faultIds].sort());
    assert.ok(new Set(rounds.map(String)).size > 5);
  });

  it("removes a replica directly after one was added, and keeps to what is wanted", () => {
    const order = first(600, faultIds, 1);
    for (const [i, id] of order.entries()) if (id === "replica-removed") assert.equal(order[i - 1], "replica-added");
    assert.deepEqual(new Set(first(20, ["rollout", "pod-deleted"], 3)), new Set(["rollout", "pod-deleted"]));
    assert.deepEqual([...faultOrder([], seededRandom(1))], []);
  });
});

describe("a soak's timetable", () => {
  it("leaves quiet times of at most 20 s, and time for the last recovery", () => {
    for (const [minutes, expected] of [
      [15, { endMs: 900_000, firstAtLatestMs: 360_000, beginsUntilMs: 880_000, quietMs: 20_000 }],
      [2, { endMs: 120_000, firstAtLatestMs: 48_000, beginsUntilMs: 100_000, quietMs: 3_000 }],
      [0.1, { endMs: 6_000, firstAtLatestMs: 2_400, beginsUntilMs: 4_500, quietMs: 150 }],
    ] as const) {
      assert.deepEqual(timetable(minutes), expected);
    }
  });
});
