import assert from "node:assert/strict";
import fc from "fast-check";
import { PinningTally } from "./pinning";
import type { Session } from "../history";
import { defaultOptions } from "../options";
import { judgeRegister, registerEvents } from "../register";
import { judgeSession } from "../run/judge-session";
import { choosePrompts } from "../run/plan";
import { exchangeOf, sessionOf, surveyOf, wordsOf } from "../testing/samples";

const choice = choosePrompts(surveyOf({ quick: "small", deep: "large" }), 2);
const replicas = ["a", "b"].map((name) => ({ name, url: `http://${name}.test` }));

/** Two sessions that cover both pairs. */
const healthy = (): Session[] => [sessionOf("s1", "a quick small; b deep small"), sessionOf("s2", "b deep large; a quick large")];

function judge(sessions: readonly Session[], freshnessKnown = true): string {
  const tally = new PinningTally();
  for (const session of sessions) tally.add(session, judgeSession(session, choice, freshnessKnown), choice);
  return wordsOf(tally.conclude({ replicas, options: defaultOptions, freshnessKnown }));
}

describe("pinning", () => {
  it("passes with sessions that Redis had before the run, and says how many", () => {
    const sessions = healthy();
    for (const session of sessions) session.continued = true;
    assert.match(judge(sessions), /^pass: .*; 2 were pinned before this run$/);
  });

  const broken = "a quick small; b deep large";
  const said = "b answered large in round 2, although a had answered small in round 1";
  const kept =
    "pass: 2 of 2 sessions kept their model over 2 ordered pairs of 2 replicas, against 2 prompts that unpinned routing sends elsewhere";
  const untested =
    "unknown: 3 of 5 sessions were not tested, e.g. s3 was not tested: no follow-up would have been routed elsewhere";
  const older =
    "unknown: 1 of 3 sessions seem to be pinned from an earlier run and there is no Redis to tell: use another --session-prefix, or let Redis be inspected";
  const ranOut = `unknown: s3: ${said}; a pin of an earlier run may have run out, and there is no Redis to tell: use another --session-prefix`;
  const cases: readonly [name: string, said: string, rows: readonly string[], freshnessKnown?: boolean][] = [
    ["every session kept its model over every ordered pair", kept, []],
    ["a replica answers with another model", `fail: s3: ${said}`, [broken]],
    ["a session broke and another was not answered", `fail: s4: ${said}`, ["a quick !HTTP 500", broken]],
    ["a request was not answered", "unknown: s3: round 2 was not answered by b: refused", ["a quick small; b deep !refused"]],
    ["most sessions were not tested", untested, Array.from({ length: 3 }, () => "a quick small; b quick small")],
    ["sessions seem to be older than the run and nothing can tell", older, ["a deep small; b deep small"], false],
    ["a model changed once and the pin may be an earlier run's", ranOut, [broken], false],
    ["it changed again", `fail: s3: ${said}`, [`${broken}; a deep small`], false],
  ];
  for (const [name, expected, rows, freshnessKnown] of cases) {
    it(`says ${expected.split(":")[0]} when ${name}`, () => {
      const more = rows.map((row, i) => sessionOf(`s${i + 3}`, row));
      assert.equal(judge([...healthy(), ...more], freshnessKnown), expected);
    });
  }

  it("is unknown without sessions, without a pair, and when every session got one model", () => {
    assert.equal(judge([]), "unknown: no session was played");
    assert.equal(judge(healthy().slice(0, 1)), "unknown: not covered (writer → reader): b → a; use --sessions 2 or more");
    const same = [sessionOf("s1", "a deep small; b deep small"), sessionOf("s2", "b quick small; a deep small")];
    assert.equal(judge(same), "unknown: every session got small, so all of them may share one pin");
  });

  it("says the odds where sessions are routed, and is unknown where they are too low", () => {
    const judged = (w1: number, count: number): string => {
      const counts = new Map(Object.entries({ small: 32 - w1, large: w1 }));
      const targets = new Map(["a", "b"].map((name) => [name, counts]));
      const bySession = choosePrompts({ ...surveyOf({ quick: null, deep: null }), targets }, 2);
      const tally = new PinningTally();
      for (let i = 0; i < count; i++) {
        const session = healthy()[i % 2] as Session;
        tally.add(session, judgeSession(session, bySession), bySession);
      }
      return wordsOf(tally.conclude({ replicas, options: defaultOptions, freshnessKnown: true }, targets));
    };
    const passed = "without shared affinity they would by luck in less than 1 of";
    const kept = "sessions kept their model over 2 ordered pairs of 2 replicas";
    // Of two targets a replica has one left in its turn or two: luck is 3/4.
    assert.equal(judged(16, 49), `pass: 49 of 49 ${kept}; ${passed} 1,000,000 runs`);
    assert.match(judged(16, 1_000), new RegExp(`${passed} 1,000,000,000,000 runs$`));
    const tooFew = "unknown: too few sessions: replicas without shared affinity pass by luck in 1 of";
    assert.equal(judged(16, 48), `${tooFew} 900,000 runs; use --sessions 49`);
    // Of 32 sessions the model that 31 got has 0.9946 of all, by Wilson's interval.
    assert.equal(judged(1, 4), `${tooFew} 1 runs; use --sessions 1284`);
  });

  it("takes no answer after the pin's end for evidence, either way", () => {
    const { verdict, why } = judgeSession(sessionOf("s", broken, { pinnedUntil: 5 }), choice);
    assert.deepEqual([verdict, why], ["unknown", "s was not tested: its pin may have run out before it was read"]);
  });

  it("accuses the same sessions as the register, as long as the pin lives and the first answer is what routing gives", () => {
    const round = fc.record({
      replica: fc.constantFrom("a", "b"),
      prompt: fc.constantFrom("quick", "deep"),
      model: fc.constantFrom("small", "large"),
    });
    let accused = 0;
    fc.assert(
      fc.property(fc.array(round, { minLength: 1, maxLength: 6 }), (steps) => {
        const exchanges = steps.map(({ replica, prompt, model }, k) => {
          const answer = k === 0 ? (choice.modelOf(prompt) ?? model) : model;
          return exchangeOf(`${replica} ${prompt} ${answer}`, { sentAt: 20 * k, answeredAt: 20 * k + 10 });
        });
        const failed = judgeSession({ ...sessionOf("s", ""), exchanges }, choice).verdict === "fail";
        const { violations } = judgeRegister(registerEvents(exchanges, choice.modelOf), { lifetimeMs: 60_000, toleranceMs: 0 });
        assert.equal(failed, violations.length > 0);
        if (failed) accused++;
      }),
      { numRuns: 500 },
    );
    assert.ok(accused > 50, `only ${accused} sessions were accused`);
  });
});
