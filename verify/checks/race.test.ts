import assert from "node:assert/strict";
import { pinLifetime } from "../register";
import { judgeRace, type RaceStage } from "./race";
import { choice, trialOf, wordsOf } from "../testing/samples";

const firsts = "first 0 30 a quick small; first 1 25 b deep large";
const reads = "settle 41 50 a deep small; settle 41 52 b deep small; read 60 70 a deep small; read 60 70 b deep small";
const whole = `${firsts}; ${reads}`;
const race = (id: string, rows: string, attempts = 1) => trialOf<RaceStage>(id, rows, { attempts });
const settled = race("s1", whole);
const split = race("s2", `${firsts}; settle 31 40 a deep small; read 41 50 a deep small; read 41 50 b quick large`);
const silent = race("s3", `first 0 30 a quick small; first 1 25 b deep !HTTP 500; ${reads}`);
const alone = race("s4", `first 0 30 a quick small; first 30 40 b deep small; ${reads}`);
const agreed = race("s5", `first 0 30 a quick small; first 1 35 b deep small; ${reads}`);

const judge = (...trials: Parameters<typeof judgeRace>[0]) => judgeRace(trials, choice, pinLifetime(600));
const told = (...trials: Parameters<typeof judgeRace>[0]): string => wordsOf(judge(...trials));

interface Shown {
  readonly verdict: string;
  readonly why?: string;
  readonly agreedAfterMs: number | null;
  readonly events: readonly { readonly traceId: string }[];
}
const shown = (...trials: Parameters<typeof judgeRace>[0]): readonly Shown[] =>
  judge(...trials).evidence["sessions"] as unknown as readonly Shown[];

describe("race", () => {
  it("passes when replicas agree after different first answers, and says how many and how soon", () => {
    assert.equal(
      told(settled, agreed),
      "pass: 2 sessions were begun on 2 replicas at once: 1 got different first answers, all agreed afterwards, the slowest after 25 ms",
    );
    const { evidence, sessions } = judge(settled, agreed);
    const { raced, differingFirstAnswers, slowestAgreementMs } = evidence;
    assert.deepEqual([raced, differingFirstAnswers, slowestAgreementMs], [2, 1, 25]);
    const own = sessions?.map(({ id, verdict, models, replicas }) => `${id} ${verdict} ${models.length} ${replicas.length}`);
    assert.deepEqual(own, ["s1 pass 6 6", "s5 pass 6 6"]);
  });

  it("shows each request in its evidence, and sessions in the order of their numbers", () => {
    const [session] = shown(settled);
    const { traceId = "", ...event } = session?.events[1] ?? {};
    assert.match(traceId, /^trace\d+$/);
    const times = { invokedMs: 1, returnedMs: 25, attempts: 1 };
    assert.deepEqual(event, { stage: "first", replica: "b", prompt: "deep", model: "large", ...times });
    const ids = judge(alone, settled, split).sessions?.map(({ id }) => id);
    assert.deepEqual(ids, ["s1", "s2", "s4"]);
  });

  it("fails, naming the session, the replicas and the models, when replicas stay split", () => {
    const other = { ...split, session: { ...split.session, id: "s6" } };
    assert.equal(
      told(settled, split, other),
      "fail: s2: replicas disagree: a answered small and b large, 11 ms after the pin had settled (and 1 more session)",
    );
    const verdicts = shown(settled, split, other).map(({ verdict, agreedAfterMs }) => `${verdict} ${agreedAfterMs}`);
    assert.deepEqual(verdicts, ["pass 25", "fail null", "fail null"]);
  });

  it("is unknown without sessions, and when no two first requests were under way at once", () => {
    assert.equal(told(), "unknown: no session was begun");
    const why = "no two of its first requests were under way at once";
    assert.equal(told(alone), `unknown: 1 of 1 session could not be judged, e.g. s4: ${why}`);
  });

  it("is unknown when fewer than half of the sessions could be judged, and says how many could not where most could", () => {
    const few = "unknown: 2 of 3 sessions could not be judged, e.g. s3: b did not answer: HTTP 500";
    assert.equal(told(settled, silent, silent), few);
    assert.match(told(settled, settled, silent), /^pass: 2 sessions were begun .*; 1 of 3 could not be judged$/);
  });

  const unjudged: readonly [why: string, trial: typeof settled][] = [
    ["a answered at the second attempt only", race("s7", whole, 2)],
    ["it was not played to its end", race("s9", firsts)],
    ["its pin may have run out before all replicas were read", race("s8", `${firsts}; read 599000 600000 a deep large`)],
  ];
  for (const [why, trial] of unjudged) {
    it(`does not judge a session: ${why}`, () => {
      assert.match(told(settled, trial), /; 1 of 2 could not be judged$/);
      assert.equal(shown(settled, trial)[1]?.why, why);
    });
  }
});
