import assert from "node:assert/strict";
import { judgeAnswer, type AnswerVerdict, type PinnedSession } from "../../../soak/pinned-session";
import { oneOf, seededRandom } from "../../../soak/random";
import { Windows } from "../../../soak/windows";
import { judgeRegister, type RegisterEvent } from "../../../verify/register";

const lifeMs = 10_000;

/** A session whose first request was sent at 0 and answered with `model`. */
function sessionOf(model: string, settled = true): PinnedSession {
  const state = { settled, confirmedAt: 0, rounds: 1, busy: false, violated: false };
  return { id: "s", index: 0, pinnedUntil: lifeMs, model, ...state };
}

/** Redis is out of reach from 1,000 to 2,000. */
function outage(): Windows {
  const windows = new Windows();
  const window = windows.open(1_000, true);
  window.recoveredAt = 2_000;
  window.endedAt = 3_000;
  return windows;
}

/** Verdicts of answers `[sent at, model]`, each answered after 10 ms. */
function judged(session: PinnedSession, windows: Windows, answers: readonly (readonly [number, string])[]): AnswerVerdict[] {
  return answers.map(([sentAt, model]) => judgeAnswer(session, { model, sentAt, answeredAt: sentAt + 10 }, windows));
}

describe("the judgement of a soak's sessions", () => {
  it("holds a session to its first answer until its pin may have run out", () => {
    const answers = [[500, "a"], [5_000, "b"], [5_100, "a"], [9_989, "b"], [9_990, "b"]] as const; // prettier-ignore
    const session = sessionOf("a");
    assert.deepEqual(judged(session, new Windows(), answers), ["held", "outside", "held", "outside", "unjudged"]);
    assert.equal(session.violated, true);
  });

  it("takes another model during an outage for no violation, if the pin is back afterwards", () => {
    const session = sessionOf("a");
    const answers = [[500, "a"], [995, "b"], [1_500, "b"], [2_000, "b"], [2_001, "a"], [4_000, "a"]] as const; // prettier-ignore
    assert.deepEqual(judged(session, outage(), answers), ["held", "inside", "inside", "inside", "held", "held"]);
    assert.equal(session.violated, false);
  });

  it("calls a pin lost that is another after the outage, once, and holds the session to the new one", () => {
    const session = sessionOf("a");
    const answers = [[900, "a"], [1_500, "b"], [2_500, "b"], [2_600, "b"], [2_700, "a"]] as const; // prettier-ignore
    assert.deepEqual(judged(session, outage(), answers), ["held", "inside", "lost", "held", "outside"]);
  });

  it("does not excuse by an outage what happens after the pin was seen again", () => {
    assert.deepEqual(judged(sessionOf("a"), outage(), [[2_100, "a"], [2_500, "b"]]), ["held", "outside"]); // prettier-ignore
  });

  it("learns the pin of a session that was begun during an outage from the first answer after it", () => {
    const session = sessionOf("a", false);
    assert.deepEqual(judged(session, outage(), [[1_500, "b"], [2_500, "b"], [2_600, "a"]]), ["inside", "held", "outside"]); // prettier-ignore
  });

  it("excuses nothing by a fault that leaves Redis alone", () => {
    const windows = new Windows();
    windows.open(1_000, false);
    assert.deepEqual(judged(sessionOf("a"), windows, [[1_500, "b"]]), ["outside"]);
  });

  it("accuses exactly the histories that verify/register accuses", () => {
    const random = seededRandom(42);
    let accused = 0;
    for (let n = 0; n < 2_000; n++) {
      const wrong = n % 2 === 0 ? 0 : 0.05;
      const session = sessionOf("a");
      const history: RegisterEvent[] = [{ invokedAt: 0, returnedAt: 5, replica: "x", model: "a", routed: "a" }];
      let isAccused = false;
      for (let sentAt = 10 + random() * 900; sentAt < lifeMs - 20; sentAt += 20 + random() * 900) {
        const answered = random() > 0.1;
        const model = random() < wrong ? "b" : "a";
        const event = { invokedAt: sentAt, returnedAt: sentAt + 10, replica: oneOf(["x", "y"], random) ?? "x", routed: "b" };
        history.push({ ...event, model: answered ? model : undefined });
        if (!answered) continue;
        isAccused ||= judgeAnswer(session, { model, sentAt, answeredAt: sentAt + 10 }, new Windows()) === "outside";
      }
      const { violations } = judgeRegister(history, { lifetimeMs: lifeMs });
      assert.equal(isAccused, violations.length > 0, JSON.stringify(history));
      if (isAccused) accused++;
    }
    assert.ok(accused > 200 && accused < 1_000, `${accused} of 2,000 accused`);
  });
});
