import assert from "node:assert/strict";
import fc from "fast-check";
import { judgeRegister, type RegisterEvent } from ".";
import { events, judge, race } from "../testing/register-rows";
import { legalHistory } from "../testing/register-simulator";

const kinds = (...args: Parameters<typeof judge>): string[] => judge(...args).violations.map(({ kind }) => kind);

describe("the register checker", function () {
  this.timeout(60_000);

  it("accuses no legal history, and has something to judge in most", () => {
    const runs = 2_000;
    let settled = 0;
    let severalTimes = 0;
    fc.assert(
      fc.property(legalHistory(), ({ events: legal, ...lifetime }) => {
        const judgement = judgeRegister(legal, lifetime);
        assert.deepEqual(judgement.violations, []);
        if (judgement.settled.length > 0) settled++;
        if (judgement.settled.length > 1) severalTimes++;
      }),
      { numRuns: runs },
    );
    assert.ok(settled > runs / 2 && severalTimes > runs / 4, `${settled} and ${severalTimes} of ${runs}`);
  });

  it("has nothing against first answers that differ, and says what they settled on", () => {
    const { violations, settled } = judge(`${race} a 10 30 small; a 26 40 large; b 50 60 large`);
    assert.deepEqual([violations, settled.length], [[], 1]);
    assert.deepEqual(settled[0], { model: "large", since: 30, until: undefined, reads: events("b 50 60 large") });
  });

  it("accuses each kind and each pin of its own where a history has several", () => {
    assert.deepEqual(kinds(`${race} c 22 40 huge; a 50 60 small; b 50 60 large`), ["invented", "split"]);
    const second = `${race} a 30 35 small; b 40 45 large; a 3000 3010 small; b 3020 3030 small`;
    assert.deepEqual(kinds(second), ["split"]);
    assert.deepEqual(kinds(`${second}; b 3040 3050 huge`), ["split", "changed"]);
  });

  it("takes a pin that dies within the tolerance for one that has run out, and no earlier one", () => {
    assert.deepEqual(kinds("a 0 20 small; b 1940 1950 large", 2_000, 50), []);
    assert.deepEqual(kinds("a 0 20 small; b 1939 1949 large", 2_000, 50), ["split"]);
    assert.deepEqual(kinds("a 0 20 small; b 2070 2080 small/large", 2_000, 50), []);
    assert.deepEqual(kinds("a 0 20 small; b 2071 2081 small/large", 2_000, 50), ["outlived"]);
  });

  it("takes what it accused for a pin that lives as long as others", () => {
    const { violations } = judge("a 0 20 small; b 1000 1010 large; c 2500 2510 small");
    const accused = violations.map((violation) => violation.events.at(-1)?.replica);
    assert.deepEqual(accused, ["b", "c"]);
  });

  it("settles on nothing where an unanswered request may have changed the pin", () => {
    const { settled, violations } = judge("a 0 20 small; b 5 10 -; a 30 40 small; b 50 60 huge");
    assert.deepEqual([settled, violations], [[], []]);
  });

  it("settles once for each pin", () => {
    const { settled } = judge("a 0 20 small; b 100 110 small; a 2500 2520 large; b 2600 2610 large");
    const periods = settled.map(({ model, since, until }) => [model, since, until]);
    assert.deepEqual(periods, [
      ["small", 20, 2_500],
      ["large", 2_520, undefined],
    ]);
  });

  it("judges a hundred thousand events in linear time", () => {
    const many = Array.from({ length: 100_000 }, (_, i): RegisterEvent => {
      return { replica: i % 2 === 0 ? "a" : "b", invokedAt: i, returnedAt: i + 20, model: "small" };
    });
    const startedAt = performance.now();
    assert.equal(judgeRegister(many, { lifetimeMs: 1e9, toleranceMs: 0 }).settled[0]?.reads.length, 100_000 - 41);
    const took = performance.now() - startedAt;
    assert.ok(took < 5_000, `it took ${Math.round(took)} ms`);
  });

  it("has nothing to say of no events", () => {
    assert.deepEqual(judgeRegister([], { lifetimeMs: 1, toleranceMs: 0 }), { violations: [], settled: [] });
  });
});
