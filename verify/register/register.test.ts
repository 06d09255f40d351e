import assert from "node:assert/strict";
import { judgeRegister } from ".";
import { eventOf, judge, race, type Row } from "../testing/register-rows";

describe("the register checker", () => {
  it("has nothing against first answers that differ, and says what they settled on", () => {
    const reads: readonly Row[] = [
      ["a", 10, 30, "small"],
      ["a", 26, 40, "large"],
      ["b", 50, 60, "large"],
    ];
    const { violations, settled, unjudged } = judge([...race, ...reads]);
    assert.deepEqual([violations, unjudged], [[], []]);
    const [calm] = settled;
    assert.deepEqual([settled.length, calm?.model, calm?.since, calm?.until], [1, "large", 30, undefined]);
    assert.deepEqual(calm?.reads, [eventOf(reads[2] as Row)]);
  });

  it("accuses each kind of its own where a history has several", () => {
    const rows: readonly Row[] = [...race, ["c", 22, 40, "huge"], ["a", 50, 60, "small"], ["b", 50, 60, "large"]];
    assert.deepEqual(
      judge(rows).violations.map(({ kind }) => kind),
      ["invented", "split"],
    );
  });

  it("takes a pin that dies within the tolerance for one that has run out, and no earlier one", () => {
    const rows = (at: number): readonly Row[] => [
      ["a", 0, 20, "small"],
      ["b", at, at + 10, "large"],
    ];
    assert.deepEqual(judge(rows(1_940), 2_000, 50).violations, []);
    assert.equal(judge(rows(1_939), 2_000, 50).violations[0]?.kind, "split");
    const late = (at: number): readonly Row[] => [
      ["a", 0, 20, "small"],
      ["b", at, at + 10, "small", "large"],
    ];
    assert.deepEqual(judge(late(2_070), 2_000, 50).violations, []);
    assert.equal(judge(late(2_071), 2_000, 50).violations[0]?.kind, "outlived");
  });

  it("accuses a later pin on its own", () => {
    const second: readonly Row[] = [
      ["a", 3_000, 3_010, "small"],
      ["b", 3_020, 3_030, "small"],
    ];
    assert.deepEqual(
      judge([...race, ["a", 30, 35, "small"], ["b", 40, 45, "large"], ...second]).violations.map(({ kind }) => kind),
      ["split"],
    );
    assert.deepEqual(
      judge([...race, ["a", 30, 35, "small"], ["b", 40, 45, "large"], ...second, ["b", 3_040, 3_050, "huge"]]).violations.map(
        ({ kind }) => kind,
      ),
      ["split", "changed"],
    );
  });

  it("takes what it accused for a pin that lives as long as others", () => {
    const rows: readonly Row[] = [
      ["a", 0, 20, "small"],
      ["b", 1_000, 1_010, "large"],
      ["c", 2_500, 2_510, "small"],
    ];
    assert.deepEqual(
      judge(rows).violations.map(({ events }) => events.at(-1)?.replica),
      ["b", "c"],
    );
  });

  it("settles on nothing where an unanswered request may have changed the pin", () => {
    const { settled, violations } = judge([
      ["a", 0, 20, "small"],
      ["b", 5, 10, null],
      ["a", 30, 40, "small"],
      ["b", 50, 60, "huge"],
    ]);
    assert.deepEqual([settled, violations], [[], []]);
  });

  it("says what it could not judge: a request that may have come after the pin's end, or not", () => {
    const { unjudged } = judge([
      ["a", 0, 20, "small"],
      ["b", 1_990, 2_010, "small"],
    ]);
    assert.deepEqual(
      unjudged.map(({ event, why }) => [event.invokedAt, why]),
      [[1_990, "its pin may have run out before it was read"]],
    );
  });

  it("says what it could not judge: an unanswered request, and others after it", () => {
    const { unjudged } = judge([
      ["a", 0, 20, "small"],
      ["b", 10, 30, null],
      ["b", 100, 110, "small"],
      ["b", 5_000, 5_010, "small"],
    ]);
    assert.deepEqual(
      unjudged.map(({ event, why }) => [event.invokedAt, why]),
      [
        [10, "it was not answered, so that it may write a pin at any later time"],
        [100, "a request that was not answered may have written what it found"],
        [5_000, "its pin may have run out before it was read"],
      ],
    );
  });

  it("settles once for each pin", () => {
    const { settled } = judge([
      ["a", 0, 20, "small"],
      ["b", 100, 110, "small"],
      ["a", 2_500, 2_520, "large"],
      ["b", 2_600, 2_610, "large"],
    ]);
    assert.deepEqual(
      settled.map(({ model, since, until }) => [model, since, until]),
      [
        ["small", 20, 2_500],
        ["large", 2_520, undefined],
      ],
    );
  });

  it("judges a hundred thousand events in linear time", () => {
    const events = Array.from({ length: 100_000 }, (_, i) => eventOf([i % 2 === 0 ? "a" : "b", i, i + 20, "small"]));
    const startedAt = performance.now();
    assert.equal(judgeRegister(events, { lifetimeMs: 1e9 }).settled[0]?.reads.length, 100_000 - 41);
    const took = performance.now() - startedAt;
    assert.ok(took < 5_000, `it took ${Math.round(took)} ms`);
  });

  it("has nothing to say of no events", () => assert.deepEqual(judge([]), { violations: [], settled: [], unjudged: [] }));
});
