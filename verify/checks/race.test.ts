import assert from "node:assert/strict";
import { judgeRace, type RaceStage } from "./race";
import { choice, trialOf, type TrialRow } from "../testing/trials";

type Row = TrialRow<RaceStage>;

const firsts: readonly Row[] = [
  ["first", 0, 30, "a", "quick", "small"],
  ["first", 1, 25, "b", "deep", "large"],
];
const reads: readonly Row[] = [
  ["probe", 31, 40, "b", "deep", "small"],
  ["read", 41, 50, "a", "deep", "small"],
  ["read", 41, 52, "b", "deep", "small"],
  ["read", 60, 70, "a", "deep", "small"],
  ["read", 60, 70, "b", "deep", "small"],
];
const settled = trialOf("s1", [...firsts, ...reads]);
const split = trialOf("s2", [
  ...firsts,
  ["probe", 31, 40, "a", "deep", "small"],
  ["read", 41, 50, "a", "deep", "small"],
  ["read", 41, 50, "b", "quick", "large"],
]);
const silent = trialOf("s3", [
  firsts[0] as Row,
  ["first", 1, 25, "b", "deep", { failure: "HTTP 500" }],
  ...reads.filter(([stage]) => stage === "read"),
]);
const alone = trialOf("s4", [
  ["first", 0, 30, "a", "quick", "small"],
  ["first", 30, 40, "b", "deep", "small"],
  ...reads.slice(1),
]);

const judge = (...trials: Parameters<typeof judgeRace>[0]) => judgeRace(trials, choice, 600);

describe("race", () => {
  it("passes when replicas agree after different first answers, and says how many and how soon", () => {
    const finding = judge(
      settled,
      trialOf("s5", [["first", 0, 30, "a", "quick", "small"], ["first", 1, 35, "b", "deep", "small"], ...reads.slice(1)]),
    );
    assert.equal(finding.verdict, "pass");
    assert.equal(
      finding.summary,
      "2 sessions were begun on 2 replicas at once: 1 got different first answers, all agreed afterwards, the slowest after 25 ms",
    );
    const { raced, differingFirstAnswers, slowestAgreementMs } = finding.evidence;
    assert.deepEqual([raced, differingFirstAnswers, slowestAgreementMs], [2, 1, 25]);
    assert.deepEqual(
      finding.sessions?.map(({ id, verdict, models, replicas }) => [id, verdict, models.length, replicas.length]),
      [
        ["s1", "pass", 7, 7],
        ["s5", "pass", 6, 6],
      ],
    );
  });

  it("shows each request in its evidence", () => {
    const [session] = judge(settled).evidence["sessions"] as { events: object[]; agreedAfterMs: number }[];
    assert.deepEqual(session?.agreedAfterMs, 25);
    const { traceId, ...event } = session?.events[1] as { traceId: string };
    assert.match(traceId, /^trace\d+$/);
    assert.deepEqual(event, {
      stage: "first",
      replica: "b",
      prompt: "deep",
      invokedMs: 1,
      returnedMs: 25,
      model: "large",
      attempts: 1,
    });
  });

  it("fails, naming the session, the replicas and the models, when replicas stay split", () => {
    const finding = judge(settled, split, { ...split, session: { ...split.session, id: "s6" } });
    assert.equal(finding.verdict, "fail");
    assert.equal(
      finding.summary,
      "s2: replicas disagree: a answered small and b large, 11 ms after the pin had settled (and 1 more session)",
    );
    assert.deepEqual(
      (finding.evidence["sessions"] as { verdict: string; agreedAfterMs: number | null }[]).map((it) => [
        it.verdict,
        it.agreedAfterMs,
      ]),
      [
        ["pass", 25],
        ["fail", null],
        ["fail", null],
      ],
    );
  });

  it("lists sessions in the order of their numbers", () => {
    assert.deepEqual(
      judge(alone, settled, split).sessions?.map(({ id }) => id),
      ["s1", "s2", "s4"],
    );
  });

  it("is unknown when no two first requests were under way at once", () => {
    const finding = judge(alone);
    assert.deepEqual(
      [finding.verdict, finding.summary],
      ["unknown", "in none of 1 session were two first requests under way at once"],
    );
  });

  it("is unknown, with a failure as example, when failures leave nothing to judge", () => {
    const finding = judge(silent, silent);
    assert.equal(finding.verdict, "unknown");
    assert.equal(
      finding.summary,
      "in none of 2 sessions were two first requests under way at once, e.g. s3: b did not answer: HTTP 500",
    );
  });

  it("is unknown when fewer than half of the sessions could be judged, and says how many could not where most could", () => {
    const few = judge(settled, silent, silent);
    assert.equal(few.verdict, "unknown");
    assert.equal(few.summary, "2 of 3 sessions could not be judged, e.g. s3: b did not answer: HTTP 500");
    const most = judge(settled, settled, silent);
    assert.equal(most.verdict, "pass");
    assert.match(most.summary, /^2 sessions were begun .*; 1 of 3 could not be judged$/);
  });

  it("does not judge a session with a retry, for its first attempt may have written", () => {
    const retried = trialOf("s7", [...firsts, ...reads], { attempts: 2 });
    assert.match(judge(settled, retried).summary, /; 1 of 2 could not be judged$/);
    const [, session] = judge(settled, retried).evidence["sessions"] as { why: string }[];
    assert.equal(session?.why, "a answered at the second attempt only");
    assert.equal(
      judge(retried).summary,
      "in none of 1 session were two first requests under way at once, e.g. s7: a answered at the second attempt only",
    );
  });

  it("does not judge a session that was broken off", () => {
    const finding = judge(settled, trialOf("s9", firsts));
    assert.match(finding.summary, /; 1 of 2 could not be judged$/);
    assert.equal((finding.evidence["sessions"] as { why?: string }[])[1]?.why, "it was not played to its end");
  });

  it("does not judge a session whose pin may have run out", () => {
    const finding = judgeRace(
      [settled, settled, trialOf("s8", [...firsts, ["read", 599_000, 600_000, "a", "deep", "large"]])],
      choice,
      600,
    );
    const sessions = finding.evidence["sessions"] as { why?: string }[];
    assert.equal(sessions[2]?.why, "its pin may have run out before all replicas were read");
  });

  it("is unknown without sessions", () => {
    assert.deepEqual([judge().verdict, judge().summary], ["unknown", "no session was begun"]);
  });
});
