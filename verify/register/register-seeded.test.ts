import assert from "node:assert/strict";
import fc from "fast-check";
import { judgeRegister, type AnsweredEvent } from ".";
import { replicas } from "../testing/register-simulator";
import { history, tail, type Tail } from "../testing/register-tail";

/** Fails unless exactly one violation is found, of this kind and with this event accused. */
function assertFound(kind: string, accused: readonly AnsweredEvent[], one: Tail, reads: readonly AnsweredEvent[]): void {
  const { violations } = judgeRegister(history(one, reads), one);
  assert.deepEqual(
    violations.map((violation) => violation.kind),
    [kind],
  );
  const shown = violations[0]?.events ?? [];
  assert.ok(
    accused.some((event) => shown.includes(event)),
    `accused were ${JSON.stringify(shown)}`,
  );
}

function withModel(event: AnsweredEvent, model: string): AnsweredEvent {
  return { ...event, model };
}

/** A model that was nobody's answer. */
const strange = "strange";

/** The answer of a first request that did not win. */
function loser({ firsts, settled }: Tail): string {
  return firsts.find(({ model }) => model !== settled)?.model as string;
}

/**
 * Each seeds one violation into a legal history with several pins. Common to all: no request is unanswered, and the
 * pin in question outlives the concurrent first requests that began it.
 */
describe("the register checker, on seeded violations", function () {
  this.timeout(30_000);
  const check = (shape: Parameters<typeof tail>[0], property: (one: Tail, which: number) => void): void =>
    fc.assert(fc.property(tail(shape), fc.nat(20), property), { numRuns: 300 });

  it("accuses nobody where none is seeded", () => {
    const shape = { models: 2, leastReads: 2, unanswered: false };
    check(shape, (one) => assert.deepEqual(judgeRegister(history(one), one).violations, []));
  });

  it("finds split: two replicas read each one first answer, another one each, in the calm before the pin's end", () => {
    check({ models: 2, leastReads: 2, unanswered: false }, (one, which) => {
      const [first, ...others] = one.reads.map((event, i) => ({
        ...event,
        replica: i === 0 ? "a" : (replicas[1 + (i % 2)] as string),
      }));
      const foreign = replicas[1 + (which % 2)] as string;
      const reads = [first as AnsweredEvent, ...others, { ...(others[0] as AnsweredEvent), replica: foreign }].map((event) =>
        event.replica === foreign ? withModel(event, loser(one)) : event,
      );
      assertFound(
        "split",
        reads.filter(({ model }) => model === loser(one)),
        one,
        reads,
      );
    });
  });

  it("finds changed: a replica reads two first answers in the calm before the pin's end", () => {
    check({ models: 2, leastReads: 2, unanswered: false }, (one, which) => {
      const at = which % one.reads.length;
      const { replica } = one.reads[(at + 1) % one.reads.length] as AnsweredEvent;
      const accused = { ...(one.reads[at] as AnsweredEvent), replica, model: loser(one) };
      const reads = one.reads.with(at, accused);
      assertFound(
        "changed",
        reads.filter((event) => event.replica === replica),
        one,
        reads,
      );
    });
  });

  it("finds outlived: after the latest end of the pin its model is answered to a prompt of another, and nobody else asked", () => {
    check({ models: 2, leastReads: 0, unanswered: false }, (one, which) => {
      const invokedAt = one.calmFrom + one.lifetimeMs + one.toleranceMs + 0.25 + which;
      const late = { invokedAt, returnedAt: invokedAt + which, replica: "a", model: one.settled, routed: strange };
      assertFound("outlived", [late], one, [...one.reads, late]);
    });
  });

  /** One read that cannot be right, in place of a legal one. */
  const seeds: readonly [
    found: string,
    models: number,
    seed: (read: AnsweredEvent, one: Tail, which: number) => AnsweredEvent,
  ][] = [
    [
      "split: one first answer, and a replica that has not given it reads what routing may have given",
      1,
      (read) => ({ ...read, replica: "elsewhere", routed: strange, model: strange }),
    ],
    [
      "changed: one first answer, and the replica that gave it reads what routing may have given",
      1,
      ({ routed: _, ...read }, one) => ({ ...read, replica: one.firsts[0]?.replica as string, model: strange }),
    ],
    [
      "invented: an answer that is no first request's, from the first of their answers on to the pin's end",
      2,
      (read, { firsts }, which) => {
        const firstAnswer = Math.min(...firsts.map(({ returnedAt }) => returnedAt));
        return { ...read, invokedAt: which % 2 === 0 ? read.invokedAt : firstAnswer + 0.25, model: strange };
      },
    ],
    [
      "invented: one first answer, and a read gets neither it nor what routing gives",
      1,
      (read, { settled }) => ({ ...read, model: strange, routed: settled }),
    ],
  ];
  for (const [found, models, seed] of seeds) {
    it(`finds ${found}`, () => {
      check({ models, leastReads: 1, unanswered: false }, (one, which) => {
        const at = which % one.reads.length;
        const accused = seed(one.reads[at] as AnsweredEvent, one, which);
        assertFound(found.split(":")[0] ?? "", [accused], one, one.reads.with(at, accused));
      });
    });
  }

  it("finds more changes than there are requests without an answer, where reads follow one another", () => {
    const shape = { models: 2, leastReads: 0, unanswered: false };
    fc.assert(
      fc.property(tail(shape), fc.nat(4), fc.nat(4), (one, unanswered, more) => {
        const lost = Array.from({ length: unanswered }, () => ({ ...(one.firsts[0] as AnsweredEvent), model: undefined }));
        const count = unanswered + 2 + more;
        const step = (one.begun + one.lifetimeMs - one.toleranceMs - one.calmFrom) / (count + 1);
        const read = (i: number): AnsweredEvent => {
          const invokedAt = one.calmFrom + (i + 0.5) * step;
          const model = i % 2 === 0 ? one.settled : loser(one);
          return { invokedAt, returnedAt: invokedAt + step / 4, replica: "a", model };
        };
        const judge = (reads: number): readonly string[] => {
          const events = [...history(one, []), ...lost, ...Array.from({ length: reads }, (_, i) => read(i))];
          return judgeRegister(events, one).violations.map(({ kind }) => kind);
        };
        assert.deepEqual(judge(unanswered + 1), []);
        assert.deepEqual(judge(count), ["changed"]);
      }),
      { numRuns: 300 },
    );
  });
});
