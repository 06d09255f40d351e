import assert from "node:assert/strict";
import { judgeExpiry, waitingOut, type ExpiryStage } from "../expiry";
import type { Progress } from "../../common/progress";
import { pinLifetime } from "../../register";
import { choice, trialOf, wordsOf } from "../../testing/samples";
import { VirtualClock } from "../../testing/virtual-clock";

const lifetime = pinLifetime(10);
const reads =
  "half 5000 5010 a deep small; half 5000 5010 b deep small; late 9000 9010 a deep small; late 9000 9010 b deep small";
const before = `first 0 20 a quick small; ${reads}`;
const after =
  "renewed 10051 10060 b deep large; others 10061 10070 a deep large; agreed 10071 10080 a quick large; agreed 10071 10080 b quick large";
const whole = `${before}; ${after}`;
const good = trialOf<ExpiryStage>("s1", whole);
const question = "is --ttl 10 what the gateway has as session_ttl_seconds?";
const ranOut = "after its pin must have run out (it lives 10 s), to a prompt that unpinned routing sends to large";

/** The rows, with another in place of the one of the same stage and replica. */
function with_(rows: string, row: string): string {
  const [stage, , , replica] = row.split(" ");
  return rows.replace(new RegExp(`${stage} \\d+ \\d+ ${replica} [^;]*`), row);
}

const judge = (...trials: Parameters<typeof judgeExpiry>[0]) => judgeExpiry(trials, { choice, lifetime, replicas: 2 });

/** How many sessions have to be judged is shown in race.test.ts. */
describe("expiry", () => {
  it("passes when pins hold until late in their life and are gone after it", () => {
    const finding = judge(good, good);
    assert.equal(finding.verdict, "pass");
    assert.equal(
      finding.summary,
      "2 sessions kept their model on all 2 replicas at 50 % and 90 % of 10 s, were routed anew after it, and agreed again",
    );
    const { lifetimeMs, toleranceMs, tested } = finding.evidence;
    assert.deepEqual([lifetimeMs, toleranceMs, tested], [10_000, 30, 2]);
    assert.deepEqual(finding.sessions?.[0]?.replicas, ["a", "a", "b", "a", "b", "b", "a", "a", "b"]);
  });

  const disagree = "replicas disagree: a answered small and b large, 5.0 s after the pin had settled";
  const served = (replica: string, ms: number): string => `${replica} still answered small ${ms} ms ${ranOut}; ${question}`;
  const lost = "a answered small 11 ms after the pin had settled, although it had answered large and a pin lives 10 s";
  const failed: readonly [name: string, why: string, rows: string][] = [
    ["replicas disagree before the end", disagree, with_(before, "half 5000 5010 b deep large")],
    ["a pin is still served after its end", served("b", 1), `${before}; renewed 10051 10060 b deep small`],
    ["another replica still serves the old pin", served("a", 11), with_(whole, "others 10061 10070 a deep small")],
    ["the new pin is lost", `${lost}; ${question}`, with_(whole, "agreed 10071 10080 a quick small")],
  ];
  const tooSlow = "its pin may have run out before all replicas were read: answers take long for a life of 10 s";
  const secondTooSlow = "its second pin may have run out before all replicas were read";
  const sameModel = "it was asked for the same model again after its end";
  const unchanged = "renewed 10051 10060 b quick small; agreed 10071 10080 a deep small";
  const untested: readonly [name: string, why: string, rows: string][] = [
    ["its first request was not answered", "a did not answer: HTTP 500", "first 0 20 a quick !HTTP 500"],
    ["a read was not answered", "b did not answer: timed out", with_(whole, "half 5000 9900 b deep !timed out")],
    ["it was read too late", tooSlow, with_(whole, "late 9000 9980 b deep large")],
    ["it was read too late for the first time", tooSlow, with_(whole, "half 5000 9980 b deep large")],
    ["its second pin was read too late", secondTooSlow, with_(whole, "agreed 10071 20080 a quick small")],
    ["no prompt of another model was left to ask", sameModel, `${before}; ${unchanged}`],
  ];
  for (const [name, why, rows] of failed) {
    it(`fails when ${name}`, () => {
      const { verdict, summary, sessions } = judge(good, trialOf("s2", rows));
      assert.deepEqual([verdict, summary], ["fail", `s2: ${why}`]);
      assert.equal(sessions?.map((session) => session.verdict).join(), "pass,fail");
    });
  }
  for (const [name, why, rows] of untested) {
    it(`does not judge a session when ${name}`, () => {
      const { verdict, summary } = judge(trialOf("s2", rows));
      assert.deepEqual([verdict, summary], ["unknown", `1 of 1 session could not be judged, e.g. s2: ${why}`]);
    });
  }

  describe("where pins slide", () => {
    const slides = pinLifetime(10, { sliding: true, holdSeconds: 300 });
    const used = "late 12970 12980 a deep small; late 12970 12980 b deep small";
    const anew =
      "renewed 24011 24020 b deep large; others 24021 24030 a deep large; agreed 24031 24040 a quick large; agreed 24031 24040 b quick large";
    const slid = `first 0 20 a quick small; half 5000 5010 a deep small; half 5000 5010 b deep small; ${used}; ${anew}`;
    const judged = (rows: string): string =>
      wordsOf(judgeExpiry([trialOf("s1", rows)], { choice, lifetime: slides, replicas: 2 }));

    it("passes when reads prolong them beyond a life, and a life without ends them", () => {
      const kept = "1 session kept its model on all 2 replicas for 13.0 s of use, was routed anew after 10 s without";
      assert.equal(judged(slid), `pass: ${kept}, and agreed again`);
    });

    const prolonged = "although it had answered small and a pin lives 10 s from the latest request";
    const asks = "is --ttl 10 what the gateway has as a pin's life from the latest request?";
    it("fails when reads do not prolong them, and when one is served after a life without", () => {
      const early = judged(with_(slid, "late 12970 12980 a deep large"));
      assert.equal(early, `fail: s1: a answered large 12.9 s after the pin had settled, ${prolonged}; ${asks}`);
      const late = judged(with_(slid, "renewed 24011 24020 b deep small"));
      assert.equal(late, `fail: s1: b still answered small 1 ms ${ranOut}; ${asks}`);
    });
  });
});

describe("waiting for the end of pins", () => {
  it("says first how long it takes, and counts the seconds", async () => {
    const told: Parameters<Progress>[0][] = [];
    const clock = new VirtualClock();
    const run = {
      clock,
      progress: (event: (typeof told)[number]) => void told.push(event),
      signal: new AbortController().signal,
    };
    waitingOut(run, 4, pinLifetime(360, { sliding: true, holdSeconds: 300 }));
    assert.equal(told.pop()?.phase, "expiry: 4 sessions, for 722 s, as a pin lives 300 s from the latest request (--ttl)");
    const until = waitingOut(run, 4, pinLifetime(600));
    const phase = "expiry: 4 sessions, for as long as a pin lives: 600 s (--ttl)";
    assert.deepEqual(told, [{ phase, done: 0, total: 601 }]);
    assert.equal(await clock.run(until(300_000)), true);
    const all = Array.from({ length: 301 }, (_, done) => ({ phase, done, total: 601 }));
    assert.deepEqual(told, all);
  });
});
