import assert from "node:assert/strict";
import { race, said, type Row } from "../testing/register-rows";

describe("what the register checker says", () => {
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
      "changed: b answered large 35 ms after the pin had settled, although it had answered small and a pin lives 2 s",
      [...race, ["b", 30, 35, "small"], ["b", 40, 50, null], ["b", 60, 70, "large"]],
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
});
