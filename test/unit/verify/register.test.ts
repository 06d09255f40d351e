import assert from "node:assert/strict";
import { duration, judgeRegister, registerEvents, type RegisterEvent } from "../../../verify/register";
import { exchangeOf } from "./samples";

/** Replica, time of the request, time of the answer, model (null: none), and where routing sends the prompt. */
type Row = readonly [replica: string, invokedAt: number, returnedAt: number, model: string | null, routed?: string];

function eventOf([replica, invokedAt, returnedAt, model, routed]: Row): RegisterEvent {
  return { replica, invokedAt, returnedAt, model: model ?? undefined, ...(routed === undefined ? {} : { routed }) };
}

function judge(rows: readonly Row[], lifetimeMs = 2_000, toleranceMs = 0) {
  return judgeRegister(rows.map(eventOf), { lifetimeMs, toleranceMs });
}

function said(rows: readonly Row[], lifetimeMs?: number): string[] {
  return judge(rows, lifetimeMs).violations.map(({ kind, sentence }) => `${kind}: ${sentence}`);
}

const race: readonly Row[] = [
  ["a", 0, 20, "small"],
  ["b", 1, 25, "large"],
];

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

  const wrong: readonly [name: string, said: string, rows: readonly Row[]][] = [
    [
      "replicas that go on to disagree",
      "split: replicas disagree: a answered small and b large, 15 ms after the pin had settled",
      [...race, ["a", 30, 35, "small"], ["b", 40, 45, "large"], ["a", 50, 55, "small"]],
    ],
    [
      "a replica that answers what it routes to itself",
      "split: replicas disagree: a answered small and b large, 80 ms after the pin had settled",
      [
        ["a", 0, 20, "small"],
        ["b", 100, 110, "large", "large"],
        ["b", 120, 130, "large", "small"],
      ],
    ],
    [
      "a pin that is lost",
      "changed: a answered large 1 s after the pin had settled, although it had answered small and a pin lives 2 s",
      [
        ["a", 0, 20, "small"],
        ["a", 1_020, 1_030, "large", "large"],
        ["a", 1_100, 1_110, "large", "small"],
      ],
    ],
    [
      "a pin that is lost and missed by all at once, for being lost",
      "changed: a answered large 980 ms after the pin had settled, although it had answered small and a pin lives 2 s",
      [
        ["a", 0, 20, "small"],
        ["a", 1_000, 1_030, "large", "large"],
        ["b", 1_001, 1_010, "large", "large"],
      ],
    ],
    [
      "a settled pin that turns to another first answer",
      "changed: b answered small 30 ms after the pin had settled, although it had answered large and a pin lives 2 s",
      [...race, ["b", 30, 35, "large"], ["a", 40, 45, "large"], ["b", 55, 60, "small"]],
    ],
    [
      "a pin that is served after its end",
      "outlived: b still answered small 475 ms after its pin must have run out (it lives 2 s), to a prompt that unpinned routing sends to large",
      [
        ["a", 0, 25, "small"],
        ["b", 2_500, 2_510, "small", "large"],
        ["a", 2_520, 2_530, "small", "large"],
      ],
    ],
    [
      "a pin that is served after its end beside its successor",
      "outlived: a still answered small 575 ms after its pin must have run out (it lives 2 s), to a prompt that unpinned routing sends to huge",
      [
        ["a", 0, 25, "small"],
        ["b", 2_500, 2_510, "large", "large"],
        ["a", 2_600, 2_610, "small", "huge"],
        ["b", 2_700, 2_710, "large", "huge"],
      ],
    ],
    [
      "an answer that no first request was given",
      "invented: c answered huge, but the pin can only have been small or large",
      [...race, ["c", 22, 40, "huge"]],
    ],
    [
      "an answer that neither the pin nor routing explains",
      "invented: c answered huge, but the pin can only have been small, and unpinned routing sends the prompt to large",
      [
        ["a", 0, 20, "small"],
        ["c", 30, 40, "huge", "large"],
      ],
    ],
    [
      "an answer that a request of another model may write only later",
      "invented: c answered large, but the pin can only have been small, and unpinned routing sends the prompt to huge",
      [
        ["a", 0, 20, "small"],
        ["b", 1_900, 2_500, "large"],
        ["b", 1_905, 1_910, "small"],
        ["c", 1_950, 1_960, "large", "huge"],
      ],
    ],
    [
      "a pin that is lost although it was written late in its request, when the pin before it had run out",
      "split: replicas disagree: b answered large and c small, 1.4 s after the pin had settled",
      [
        ["a", 0, 20, "small"],
        ["b", 1_000, 2_100, "large"],
        ["c", 3_500, 3_990, "small"],
      ],
    ],
    [
      "a change for which an unanswered request comes too late",
      "changed: b answered huge 40 ms after the pin had settled, although it had answered small and a pin lives 2 s",
      [
        ["a", 0, 20, "small"],
        ["b", 30, 35, "small"],
        ["b", 40, 50, null],
        ["b", 60, 70, "huge"],
      ],
    ],
    [
      "a second change for which there was one unanswered request",
      "changed: b answered small 30 ms after the pin had settled, although it had answered huge and a pin lives 2 s",
      [
        ["a", 0, 20, "small"],
        ["b", 5, 10, null],
        ["b", 30, 40, "small"],
        ["b", 50, 60, "huge"],
        ["a", 2_100, 2_110, "huge"],
        ["b", 2_120, 2_130, "huge", "small"],
        ["b", 2_140, 2_150, "small", "huge"],
      ],
    ],
  ];
  for (const [name, sentence, rows] of wrong) it(`accuses ${name}, once`, () => assert.deepEqual(said(rows), [sentence]));

  it("accuses each kind of its own where a history has several", () => {
    const rows: readonly Row[] = [...race, ["c", 22, 40, "huge"], ["a", 50, 60, "small"], ["b", 50, 60, "large"]];
    assert.deepEqual(
      judge(rows).violations.map(({ kind }) => kind),
      ["invented", "split"],
    );
  });

  const legal: readonly [name: string, rows: readonly Row[], lifetimeMs?: number][] = [
    ["a request that was asked before the first answer, and answers last", [...race, ["c", 20, 900, "huge"]]],
    [
      "a new model as soon as the pin can have run out",
      [
        ["a", 0, 20, "small"],
        ["b", 1_990, 2_000, "large"],
        ["a", 2_100, 2_110, "large", "small"],
      ],
    ],
    [
      "the old model as long as the pin can be left",
      [
        ["a", 0, 20, "small"],
        ["b", 2_020, 2_030, "small", "large"],
      ],
    ],
    [
      "the old model after the end, where the prompt may have been routed to it",
      [
        ["a", 0, 20, "small"],
        ["b", 2_500, 2_510, "small"],
        ["a", 2_600, 2_610, "small", "large"],
      ],
    ],
    [
      "the old model after the end, where another request under way was routed to it",
      [
        ["a", 0, 20, "small"],
        ["b", 2_500, 2_600, "small", "large"],
        ["a", 2_550, 2_700, "small", "small"],
      ],
    ],
    [
      "pins that run out before they were answered",
      [
        ["a", 0, 500, "small"],
        ["b", 600, 610, "large"],
        ["a", 700, 710, "small"],
      ],
      100,
    ],
    [
      "a pin that a slow first request wrote after a quick one",
      [
        ["a", 0, 500, "small"],
        ["b", 1, 20, "small"],
        ["b", 560, 570, "small", "large"],
      ],
      100,
    ],
    [
      "reads that meet, and so may have come in another order",
      [
        ["a", 0, 20, "small"],
        ["b", 5, 10, null],
        ["a", 50, 60, "small"],
        ["a", 60, 70, "huge"],
        ["a", 70, 80, "small"],
      ],
    ],
    [
      "one change by a request that was not answered",
      [
        ["a", 0, 20, "small"],
        ["b", 5, 10, null],
        ["a", 30, 40, "small"],
        ["b", 50, 60, "huge"],
        ["a", 70, 80, "huge"],
      ],
    ],
  ];
  for (const [name, rows, lifetimeMs] of legal)
    it(`has nothing against ${name}`, () => assert.deepEqual(said(rows, lifetimeMs), []));

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

describe("registerEvents", () => {
  const routes: Readonly<Record<string, string>> = { quick: "small" };
  const modelOf = (prompt: string): string | undefined => routes[prompt];

  it("takes request, answer, replica, model and route", () => {
    assert.deepEqual(registerEvents([exchangeOf(["a", "quick", "large"], { sentAt: 3, answeredAt: 9 })], modelOf), [
      { invokedAt: 3, returnedAt: 9, replica: "a", routed: "small", model: "large" },
    ]);
  });

  it("adds an unanswered event for each attempt that failed, and none for a question that was not sent", () => {
    const retried = exchangeOf(["a", "quick", "large"], { attempts: 3 });
    const failed = exchangeOf(["a", "quick", { failure: "HTTP 500" }]);
    const notSent = exchangeOf(["a", "quick", { failure: "not asked any more" }], { attempts: 0 });
    const modelsOf = (...exchanges: Parameters<typeof registerEvents>[0]): (string | undefined)[] =>
      registerEvents(exchanges, modelOf).map(({ model }) => model);
    assert.deepEqual(modelsOf(retried), ["large", undefined, undefined]);
    assert.deepEqual(modelsOf(failed), [undefined]);
    assert.deepEqual(modelsOf(notSent), []);
  });
});

describe("duration", () => {
  it("is short", () => {
    assert.deepEqual([0.4, 35, 999, 1_000, 1_840, 12_345, 600_000, 123_456].map(duration), [
      "0 ms",
      "35 ms",
      "999 ms",
      "1 s",
      "1.8 s",
      "12.3 s",
      "600 s",
      "123 s",
    ]);
  });
});
