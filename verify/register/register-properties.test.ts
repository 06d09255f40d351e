import assert from "node:assert/strict";
import fc from "fast-check";
import { judgeRegister, type AnsweredEvent, type RegisterEvent } from ".";
import { legalHistory, replicas, tail, type Tail } from "../testing/register-histories";

const judge = (one: Tail, reads: readonly RegisterEvent[]) => judgeRegister([...one.before, ...one.firsts, ...reads], one);

/** A model that was nobody's answer. */
const strange = "strange";

/** A violation: the reads that have it, and those of them that may be accused. */
interface Seeded {
  readonly reads: readonly AnsweredEvent[];
  readonly accused: readonly AnsweredEvent[];
}

/** One read that cannot be right, in place of a legal one. */
function instead(one: Tail, which: number, change: Partial<AnsweredEvent>): Seeded {
  const at = which % one.reads.length;
  const accused = { ...(one.reads[at] as AnsweredEvent), ...change };
  return { reads: one.reads.with(at, accused), accused: [accused] };
}

/**
 * Each seeds one violation into a legal history with several pins. Common to all: no request is unanswered, and the
 * pin in question outlives the concurrent first requests that began it.
 * @param models among the answers of the first requests
 */
const seeds: readonly [found: string, models: number, leastReads: number, seed: (one: Tail, which: number) => Seeded][] = [
  [
    "split: two replicas read each one first answer, another one each, in the calm before the pin's end",
    2,
    2,
    ({ reads: legal, loser }, which) => {
      const own = legal.map((event, i) => ({ ...event, replica: i === 0 ? "a" : (replicas[1 + (i % 2)] as string) }));
      const accused = { ...(own[1] as AnsweredEvent), replica: replicas[1 + (which % 2)] as string };
      const reads = [...own, accused].map((event) => (event.replica === accused.replica ? { ...event, model: loser } : event));
      return { reads, accused: reads.filter(({ model }) => model === loser) };
    },
  ],
  [
    "changed: a replica reads two first answers in the calm before the pin's end",
    2,
    2,
    (one, which) => {
      const { replica } = one.reads[(which + 1) % one.reads.length] as AnsweredEvent;
      const { reads } = instead(one, which, { replica, model: one.loser });
      return { reads, accused: reads.filter((event) => event.replica === replica) };
    },
  ],
  [
    "outlived: after the latest end of the pin its model is answered to a prompt of another, and nobody else asked",
    2,
    0,
    ({ calmFrom, lifetimeMs, toleranceMs, sliding, settled, reads }, which) => {
      const latest = sliding ? Math.max(calmFrom, ...reads.map(({ returnedAt }) => returnedAt)) : calmFrom;
      const invokedAt = latest + lifetimeMs + toleranceMs + 0.25 + which;
      const late = { invokedAt, returnedAt: invokedAt + which, replica: "a", model: settled, routed: strange };
      return { reads: [...reads, late], accused: [late] };
    },
  ],
  [
    "split: one first answer, and a replica that has not given it reads what routing may have given",
    1,
    1,
    (one, which) => instead(one, which, { replica: "elsewhere", routed: strange, model: strange }),
  ],
  [
    "changed: one first answer, and the replica that gave it reads what routing may have given",
    1,
    1,
    (one, which) => instead(one, which, { replica: one.firsts[0]?.replica, routed: undefined, model: strange }),
  ],
  [
    "invented: an answer that is no first request's, from the first of their answers on to the pin's end",
    2,
    1,
    (one, which) => {
      const firstAnswer = Math.min(...one.firsts.map(({ returnedAt }) => returnedAt));
      return instead(one, which, { model: strange, ...(which % 2 === 0 ? {} : { invokedAt: firstAnswer + 0.25 }) });
    },
  ],
  [
    "invented: one first answer, and a read gets neither it nor what routing gives",
    1,
    1,
    (one, which) => instead(one, which, { model: strange, routed: one.settled }),
  ],
];

for (const sliding of [false, true]) {
  describe(`the register checker, on simulated histories of pins that ${sliding ? "slide" : "are fixed"}`, () => {
    it("accuses no legal one, and has something to judge in most", () => {
      const runs = 2_000;
      let settled = 0;
      let severalTimes = 0;
      fc.assert(
        fc.property(legalHistory(sliding), ({ events: legal, ...lifetime }) => {
          const judgement = judgeRegister(legal, lifetime);
          assert.deepEqual(judgement.violations, []);
          if (judgement.settled.length > 0) settled++;
          if (judgement.settled.length > 1) severalTimes++;
        }),
        { numRuns: runs },
      );
      // With readers that write, what overlaps settles nothing, nor does what is asked often enough to live for ever.
      const [some, several] = sliding ? [runs / 4, runs / 20] : [runs / 2, runs / 4];
      assert.ok(settled > some && severalTimes > several, `${settled} and ${severalTimes} of ${runs}`);
    });

    it("accuses nobody where no violation is seeded", () => {
      const property = fc.property(tail(sliding, 2, 2), (one) => assert.deepEqual(judge(one, one.reads).violations, []));
      fc.assert(property, { numRuns: 300 });
    });

    for (const [found, models, leastReads, seed] of seeds) {
      it(`finds ${found}, once`, () => {
        const property = fc.property(tail(sliding, models, leastReads), fc.nat(20), (one, which) => {
          const { reads, accused } = seed(one, which);
          const [violation, ...others] = judge(one, reads).violations;
          assert.deepEqual([violation?.kind, others], [found.split(":")[0], []]);
          const isShown = accused.some((event) => violation?.events.includes(event));
          assert.ok(isShown, `accused were ${JSON.stringify(violation?.events)}`);
        });
        fc.assert(property, { numRuns: 300 });
      });
    }

    it(`finds ${sliding ? "" : "nothing in "}another first answer when only reads can have kept the pin`, () => {
      const property = fc.property(tail(sliding, 2, 0), fc.nat(20), (one, which) => {
        const step = 0.75 * (one.lifetimeMs - one.toleranceMs);
        const read = (at: number, model: string): AnsweredEvent => {
          const invokedAt = one.begun + at * step;
          return { invokedAt, returnedAt: invokedAt + which / 4, replica: "a", model };
        };
        const { violations } = judge(one, [read(1, one.settled), read(2, one.loser)]);
        const kinds = violations.map(({ kind }) => kind);
        assert.deepEqual(kinds, sliding ? ["changed"] : []);
      });
      fc.assert(property, { numRuns: 300 });
    });
  });
}

describe("the register checker, on simulated histories", () => {
  it("finds more changes than there are requests without an answer, where reads follow one another", () => {
    const property = fc.property(tail(false, 2, 0), fc.nat(4), fc.nat(4), (one, unanswered, more) => {
      const lost = Array.from({ length: unanswered }, () => ({ ...(one.firsts[0] as AnsweredEvent), model: undefined }));
      const count = unanswered + 2 + more;
      const step = (one.begun + one.lifetimeMs - one.toleranceMs - one.calmFrom) / (count + 1);
      const read = (_: unknown, i: number): AnsweredEvent => {
        const invokedAt = one.calmFrom + (i + 0.5) * step;
        return { invokedAt, returnedAt: invokedAt + step / 4, replica: "a", model: i % 2 === 0 ? one.settled : one.loser };
      };
      const kinds = (reads: number): readonly string[] =>
        judge(one, [...lost, ...Array.from({ length: reads }, read)]).violations.map(({ kind }) => kind);
      assert.deepEqual(kinds(unanswered + 1), []);
      assert.deepEqual(kinds(count), ["changed"]);
    });
    fc.assert(property, { numRuns: 300 });
  });
});
