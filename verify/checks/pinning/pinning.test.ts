import assert from "node:assert/strict";
import { judgeSession } from "../../run/judge-session";
import { PinningTally } from "./tally";
import type { Session } from "../../history";
import { defaultOptions } from "../../options";
import { choosePrompts } from "../../run/plan";
import { sessionOf, surveyOf, type Step } from "../../testing/samples";

const survey = surveyOf({ quick: "small", deep: "large" });
const choice = choosePrompts(survey, 2);
const healthy: Readonly<Record<string, readonly Step[]>> = {
  s1: [
    ["a", "quick", "small"],
    ["b", "deep", "small"],
  ],
  s2: [
    ["b", "deep", "large"],
    ["a", "quick", "large"],
  ],
};

function judge(sessions: readonly Session[], overrides: { freshnessKnown?: boolean; names?: readonly string[] } = {}) {
  const { freshnessKnown = true, names = ["a", "b"] } = overrides;
  const replicas = names.map((name) => ({ name, url: `http://${name}.test` }));
  const tally = new PinningTally();
  for (const session of sessions) tally.add(session, judgeSession(session, choice, freshnessKnown), choice);
  return tally.conclude({ replicas, options: defaultOptions, freshnessKnown });
}

function healthySessions(): Session[] {
  return Object.entries(healthy).map(([id, steps]) => sessionOf(id, steps));
}

describe("pinning", () => {
  it("passes when every session kept its model over every ordered pair", () => {
    const finding = judge(healthySessions());
    assert.equal(finding.verdict, "pass");
    assert.equal(
      finding.summary,
      "2 of 2 sessions kept their model over 2 ordered pairs of 2 replicas, against 2 prompts that unpinned routing sends elsewhere",
    );
  });

  it("fails, naming session, replicas, round and models, when a replica answers with another model", () => {
    const finding = judge([
      ...healthySessions(),
      sessionOf("s3", [
        ["a", "quick", "small"],
        ["b", "deep", "large"],
      ]),
    ]);
    assert.equal(finding.verdict, "fail");
    assert.equal(finding.summary, "s3: b answered large in round 2, although a had answered small in round 1");
  });

  it("counts a session whose follow-ups go its own way anyway as not tested", () => {
    const judged = judgeSession(
      sessionOf("s", [
        ["a", "quick", "small"],
        ["b", "quick", "small"],
      ]),
      choice,
    );
    assert.equal(judged.verdict, "unknown");
    assert.equal(judged.why, "s was not tested: no follow-up would have been routed elsewhere");
    assert.deepEqual(judged.pairs, []);
  });

  it("takes no answer after the pin's end for evidence, either way", () => {
    const rerouted = sessionOf(
      "s",
      [
        ["a", "quick", "small"],
        ["b", "deep", "large"],
      ],
      { pinnedUntil: 5 },
    );
    const judged = judgeSession(rerouted, choice);
    assert.equal(judged.verdict, "unknown");
    assert.equal(judged.why, "s was not tested: its pin may have run out before it was read");
  });

  it("is unknown, naming the pairs and the remedy, when an ordered pair was not covered", () => {
    const finding = judge([sessionOf("s1", healthy["s1"] ?? [])]);
    assert.equal(finding.verdict, "unknown");
    assert.equal(finding.summary, "not covered (writer → reader): b → a; use --sessions 2 or more");
  });

  it("is unknown when every session got one model, although unpinned routing knows two", () => {
    const finding = judge([
      sessionOf("s1", [
        ["a", "deep", "small"],
        ["b", "deep", "small"],
      ]),
      sessionOf("s2", [
        ["b", "quick", "small"],
        ["a", "deep", "small"],
      ]),
    ]);
    assert.equal(finding.verdict, "unknown");
    assert.equal(finding.summary, "every session got small, so all of them may share one pin");
  });

  it("is unknown when a request of a session was not answered, and says why", () => {
    const broken = sessionOf("s3", [
      ["a", "quick", "small"],
      ["b", "deep", { failure: "connection refused" }],
    ]);
    const finding = judge([...healthySessions(), broken]);
    assert.equal(finding.verdict, "unknown");
    assert.equal(finding.summary, "s3: round 2 was not answered by b: connection refused");
  });

  it("fails rather than being unknown when a session broke and another was not answered", () => {
    const silent = sessionOf("s4", [["a", "quick", { failure: "HTTP 500" }]]);
    const broken = sessionOf("s3", [
      ["a", "quick", "small"],
      ["b", "deep", "large"],
    ]);
    assert.equal(judge([silent, broken]).verdict, "fail");
  });

  it("is unknown when most sessions were not tested", () => {
    const untested = ["x", "y", "z"].map((id) =>
      sessionOf(id, [
        ["a", "quick", "small"],
        ["b", "quick", "small"],
      ]),
    );
    const finding = judge([...healthySessions(), ...untested]);
    assert.equal(finding.verdict, "unknown");
    assert.match(finding.summary, /^3 of 5 sessions were not tested, e\.g\. x was not tested/);
  });

  it("is unknown when sessions seem to be older than the run and nothing can tell", () => {
    const older = sessionOf("s3", [
      ["a", "deep", "small"],
      ["b", "deep", "small"],
    ]);
    const finding = judge([...healthySessions(), older], { freshnessKnown: false });
    assert.equal(finding.verdict, "unknown");
    assert.match(finding.summary, /^1 of 3 sessions seem to be pinned from an earlier run and there is no Redis to tell/);
  });

  it("is unknown when a model changed once and the pin may be an earlier run's; fails when it changed again", () => {
    const once: Step[] = [
      ["a", "quick", "small"],
      ["b", "deep", "large"],
    ];
    const finding = judge([...healthySessions(), sessionOf("s3", once)], { freshnessKnown: false });
    assert.equal(finding.verdict, "unknown");
    assert.match(finding.summary, /^s3: b answered large in round 2, .*; a pin of an earlier run may have run out/);
    const twice = judge([...healthySessions(), sessionOf("s3", [...once, ["a", "deep", "small"]])], { freshnessKnown: false });
    assert.equal(twice.verdict, "fail");
  });

  it("passes with sessions that Redis had before the run, and says how many", () => {
    const sessions = healthySessions();
    for (const session of sessions) session.continued = true;
    const finding = judge(sessions);
    assert.equal(finding.verdict, "pass");
    assert.match(finding.summary, /; 2 were pinned before this run$/);
  });

  it("is unknown without sessions", () => {
    assert.deepEqual([judge([]).verdict, judge([]).summary], ["unknown", "no session was played"]);
  });
});
