import assert from "node:assert/strict";
import fc from "fast-check";
import { judgeSession } from "../../run/judge-session";
import { judgeRegister, registerEvents } from "../../register";
import { choosePrompts } from "../../run/plan";
import { exchangeOf, sessionOf, surveyOf } from "../../testing/samples";

const choice = choosePrompts(surveyOf({ quick: "small", hard: "large" }), 2);

/** A session's rounds, one after another: who was asked what, and what came back. */
const rounds = fc.array(
  fc.record({
    replica: fc.constantFrom("a", "b"),
    prompt: fc.constantFrom("quick", "hard"),
    model: fc.constantFrom("small", "large"),
  }),
  { minLength: 1, maxLength: 6 },
);

describe("pinning and the register", () => {
  it("accuse the same sessions, as long as the pin lives and the first answer is what routing gives", () => {
    let accused = 0;
    fc.assert(
      fc.property(rounds, (steps) => {
        const exchanges = steps.map(({ replica, prompt, model }, k) => {
          const answer = k === 0 ? (choice.modelOf(prompt) ?? model) : model;
          return exchangeOf([replica, prompt, answer], { sentAt: 20 * k, answeredAt: 20 * k + 10 });
        });
        const session = { ...sessionOf("s", []), exchanges };
        const failed = judgeSession(session, choice).verdict === "fail";
        const { violations } = judgeRegister(registerEvents(exchanges, choice.modelOf), { lifetimeMs: 60_000 });
        assert.equal(failed, violations.length > 0);
        if (failed) accused++;
      }),
      { numRuns: 500 },
    );
    assert.ok(accused > 50, `only ${accused} sessions were accused`);
  });
});
