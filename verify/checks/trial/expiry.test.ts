import assert from "node:assert/strict";
import { judgeExpiry, type ExpiryStage } from "./judge-expiry";
import { pinLifetime } from "../../register";
import { choice, trialOf, type TrialRow } from "../../testing/trials";

type Row = TrialRow<ExpiryStage>;

const lifetime = pinLifetime(10);
const terms = { choice, lifetime, replicas: 2 };
const before: readonly Row[] = [
  ["first", 0, 20, "a", "quick", "small"],
  ["half", 5_000, 5_010, "a", "deep", "small"],
  ["half", 5_000, 5_010, "b", "deep", "small"],
  ["late", 9_000, 9_010, "a", "deep", "small"],
  ["late", 9_000, 9_010, "b", "deep", "small"],
];
const after: readonly Row[] = [
  ["renewed", 10_051, 10_060, "b", "deep", "large"],
  ["others", 10_061, 10_070, "a", "deep", "large"],
  ["agreed", 10_071, 10_080, "a", "quick", "large"],
  ["agreed", 10_071, 10_080, "b", "quick", "large"],
];
const good = trialOf("s1", [...before, ...after]);
const question = "is --ttl 10 what the gateway has as session_ttl_seconds?";

/** The rows, with those that `instead` names by stage and replica in their place. */
function replaced(rows: readonly Row[], instead: readonly Row[]): Row[] {
  return rows.map((row) => instead.find(([stage, , , replica]) => stage === row[0] && replica === row[3]) ?? row);
}

function judge(...trials: Parameters<typeof judgeExpiry>[0]) {
  return judgeExpiry(trials, terms);
}

describe("expiry", () => {
  it("passes when pins hold until late in their life and are gone after it", () => {
    const finding = judge(good, good);
    assert.equal(finding.verdict, "pass");
    assert.equal(
      finding.summary,
      "2 sessions kept their model on all 2 replicas at 50 % and 90 % of 10 s, were routed anew after it, and agreed again",
    );
    assert.deepEqual(
      [finding.evidence["lifetimeMs"], finding.evidence["toleranceMs"], finding.evidence["tested"]],
      [10_000, 30, 2],
    );
    assert.deepEqual(finding.sessions?.[0]?.replicas, ["a", "a", "b", "a", "b", "b", "a", "a", "b"]);
  });

  const broken: readonly [name: string, why: string, rows: readonly Row[]][] = [
    [
      "a pin is gone before its end, naming --ttl",
      `s2: a answered large 9.0 s after the pin had settled, although it had answered small and a pin lives 10 s; ${question}`,
      [
        ...replaced(before, [
          ["late", 9_000, 9_010, "a", "deep", "large"],
          ["late", 9_000, 9_010, "b", "deep", "large"],
        ]),
      ],
    ],
    [
      "a pin is still served after its end, naming --ttl",
      `s2: b still answered small 1 ms after its pin must have run out (it lives 10 s), to a prompt that unpinned routing sends to large; ${question}`,
      [...before, ["renewed", 10_051, 10_060, "b", "deep", "small"]],
    ],
    [
      "another replica still serves the old pin, naming --ttl",
      `s2: a still answered small 11 ms after its pin must have run out (it lives 10 s), to a prompt that unpinned routing sends to large; ${question}`,
      [...before, ...replaced(after, [["others", 10_061, 10_070, "a", "deep", "small"]])],
    ],
    [
      "replicas disagree before the end, which no lifetime explains",
      "s2: replicas disagree: a answered small and b large, 5.0 s after the pin had settled",
      replaced(before, [["half", 5_000, 5_010, "b", "deep", "large"]]),
    ],
    [
      "replicas disagree on the new model, which no lifetime explains",
      "s2: a answered small 11 ms after the pin had settled, although it had answered large and a pin lives 10 s",
      [...before, ...replaced(after, [["agreed", 10_071, 10_080, "a", "quick", "small"]])],
    ],
  ];
  for (const [name, why, rows] of broken) {
    it(`fails when ${name}`, () => {
      const finding = judge(good, trialOf("s2", rows));
      assert.deepEqual([finding.verdict, finding.summary], ["fail", why]);
      assert.deepEqual(
        finding.sessions?.map(({ verdict }) => verdict),
        ["pass", "fail"],
      );
    });
  }

  const untested: readonly [name: string, why: string, rows: readonly Row[]][] = [
    [
      "its first request was not answered",
      "a did not answer: HTTP 500",
      [["first", 0, 20, "a", "quick", { failure: "HTTP 500" }]],
    ],
    [
      "a read was not answered",
      "b did not answer: no answer within 5 s",
      [...replaced(before, [["half", 5_000, 9_900, "b", "deep", { failure: "no answer within 5 s" }]]), ...after],
    ],
    [
      "it was read too late",
      "its pin may have run out before all replicas were read: answers take long for a life of 10 s",
      [...replaced(before, [["late", 9_000, 9_980, "b", "deep", "large"]]), ...after],
    ],
    [
      "it was read too late for the first time",
      "its pin may have run out before all replicas were read: answers take long for a life of 10 s",
      [...replaced(before, [["half", 5_000, 9_980, "b", "deep", "large"]]), ...after],
    ],
    [
      "its second pin was read too late",
      "its second pin may have run out before all replicas were read",
      [...before, ...replaced(after, [["agreed", 10_071, 20_080, "a", "quick", "small"]])],
    ],
    [
      "no prompt of another model was left to ask",
      "it was asked for the same model again after its end",
      [...before, ["renewed", 10_051, 10_060, "b", "quick", "small"], ["agreed", 10_071, 10_080, "a", "deep", "small"]],
    ],
  ];
  for (const [name, why, rows] of untested) {
    it(`does not judge a session when ${name}`, () => {
      const finding = judge(trialOf("s2", rows));
      assert.deepEqual([finding.verdict, finding.summary], ["unknown", `1 of 1 session could not be judged, e.g. s2: ${why}`]);
      assert.match(judge(good, trialOf("s2", rows)).summary, /; 1 of 2 could not be judged$/);
    });
  }

  it("is unknown when fewer than half of the sessions could be judged", () => {
    const off = [2, 3].map((n) => trialOf(`s${n}`, before));
    assert.deepEqual(
      [judge(good, ...off).verdict, judge(good, ...off).summary],
      ["unknown", "2 of 3 sessions could not be judged, e.g. s2: it was not played to its end"],
    );
  });

  it("is unknown without sessions", () => {
    assert.deepEqual([judge().verdict, judge().summary], ["unknown", "0 of 0 sessions could not be judged"]);
  });
});
