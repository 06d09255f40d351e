import assert from "node:assert/strict";
import fc from "fast-check";
import { choosePrompts, itinerary, racePlan, sessionsNeeded } from "./plan";
import { surveyOf } from "../testing/samples";

describe("itinerary", () => {
  const sizes = [fc.integer({ min: 2, max: 12 }), fc.integer({ min: 2, max: 8 }), fc.integer({ min: 0, max: 500 })] as const;

  it("never sends a follow-up to the writer and never leaves the replicas", () => {
    fc.assert(
      fc.property(...sizes, (replicas, rounds, session) => {
        const { writer, readers } = itinerary(session, replicas, rounds);
        assert.equal(readers.length, rounds - 1);
        for (const replica of [writer, ...readers]) assert.ok(replica >= 0 && replica < replicas);
        assert.ok(!readers.includes(writer));
      }),
    );
  });

  it("covers every ordered pair with the number of sessions that sessionsNeeded names, and not with one less", () => {
    fc.assert(
      fc.property(sizes[0], sizes[1], (replicas, rounds) => {
        const covered = (sessions: number): number => {
          const all = Array.from({ length: sessions }, (_, session) => itinerary(session, replicas, rounds));
          return new Set(all.flatMap(({ writer, readers }) => readers.map((reader) => `${writer} ${reader}`))).size;
        };
        const needed = sessionsNeeded(replicas, rounds);
        assert.equal(covered(needed), replicas * (replicas - 1));
        assert.ok(covered(needed - 1) < replicas * (replicas - 1));
      }),
    );
  });
});

describe("racePlan", () => {
  it("plays 8 to 64 sessions, a few at a time, with no more requests at once than sessions where that can be", () => {
    const of = (sessions: number, concurrency: number, replicas: number): readonly number[] =>
      Object.values(racePlan({ sessions, concurrency }, replicas));
    assert.deepEqual(of(4, 16, 2), [8, 4]);
    assert.deepEqual(of(1_000, 1, 2), [64, 1]);
    assert.deepEqual(of(12, 16, 5), [12, 3]);
  });
});

describe("choosePrompts", () => {
  const routes = { p1: "small", p2: "large", p3: "small", p4: "large", p5: "huge", p6: null };

  it("never follows up with a prompt that goes to the pinned model, or with one that answers inconsistently", () => {
    const choice = choosePrompts(surveyOf(routes), 2);
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 20 }), fc.constantFrom("small", "large", "huge"), (s, r, pinned) => {
        const model = choice.modelOf(choice.followUp(s, r, pinned));
        assert.ok(model !== undefined && model !== pinned);
      }),
    );
  });

  it("gives each writer each model in turn", () => {
    const choice = choosePrompts(surveyOf({ p1: "small", p2: "large" }), 2);
    const models = [0, 1, 2, 3].map((session) => choice.modelOf(choice.first(session)));
    assert.equal(new Set([models[0], models[2]]).size, 2);
    assert.equal(new Set([models[1], models[3]]).size, 2);
  });

  it("shuffles first prompts so that every model still has its turn", () => {
    const numbers = [0.99, 0];
    const choice = choosePrompts(surveyOf({ p1: "a", p2: "b" }), 2, () => numbers.shift() ?? 0);
    const models = [0, 1, 2, 3].map((session) => choice.modelOf(choice.first(session)));
    assert.deepEqual(models, ["b", "a", "a", "b"]);
  });
});
