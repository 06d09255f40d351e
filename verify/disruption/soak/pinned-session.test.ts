import assert from "node:assert/strict";
import { judgeAnswer, type AnswerVerdict, type PinnedSession } from "./pinned-session";
import { oneOf, seededRandom } from "./random";
import { Windows } from "./windows";
import { judgeRegister, type RegisterEvent } from "../../register";

const lifeMs = 10_000;

/** A session whose first request was sent at 0 and answered with `model`. */
function sessionOf(model: string, settled = true): PinnedSession {
  const state = { settled, confirmedAt: 0, rounds: 1, busy: false, violated: false, strayed: false };
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

/** Redis is out of reach from an instant on, for so long. */
function outageAt(from: number, lengthMs: number): Windows {
  const windows = new Windows();
  Object.assign(windows.open(from, true), { recoveredAt: from + lengthMs, endedAt: from + lengthMs });
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

  it("does not call a pin lost that was another one before the outage already", () => {
    const session = sessionOf("a");
    const answers = [[500, "b"], [600, "a"], [2_500, "b"], [2_600, "b"], [2_700, "a"]] as const; // prettier-ignore
    assert.deepEqual(judged(session, outage(), answers), ["outside", "held", "outside", "outside", "held"]);
  });

  it("calls a pin lost again that is another after the next outage", () => {
    const windows = outage();
    Object.assign(windows.open(4_000, true), { recoveredAt: 5_000, endedAt: 5_000 });
    assert.deepEqual(judged(sessionOf("a"), windows, [[2_500, "b"], [5_500, "c"]]), ["lost", "lost"]); // prettier-ignore
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

  it("accuses exactly the histories that verify/register accuses, of what was answered outside of outages", () => {
    const random = seededRandom(42);
    const counts = { accused: 0, lost: 0, unsettled: 0 };
    for (let n = 0; n < 4_000; n++) {
      const wrong = n % 2 === 0 ? 0 : 0.05;
      const windows = n % 4 < 2 ? new Windows() : outageAt(random() < 0.2 ? 0 : random() * lifeMs, random() * 3_000);
      const settled = !windows.outage(0, 5);
      const session = sessionOf("a", settled);
      // What was answered without Redis neither wrote a pin nor read one.
      const history: RegisterEvent[] = settled ? [{ invokedAt: 0, returnedAt: 5, replica: "x", model: "a" }] : [];
      // Everybody answers this one from some outages on: the pin did not outlive them.
      let pin = settled ? "a" : "b";
      const verdicts = new Set<AnswerVerdict>();
      for (let sentAt = 10 + random() * 900; sentAt < lifeMs - 20; sentAt += 20 + random() * 900) {
        const answered = random() > 0.1;
        // It is given up: nobody knows what it wrote.
        if (!answered && !session.settled) break;
        const during = windows.outage(sentAt, sentAt + 10);
        if (during && wrong > 0 && random() < 0.3) pin = "c";
        const model = (during ? random() < 0.5 : random() < wrong) ? "d" : pin;
        const event = { invokedAt: sentAt, returnedAt: sentAt + 10, replica: oneOf(["x", "y"], random) ?? "x" };
        if (!during) history.push({ ...event, model: answered ? model : undefined });
        if (answered) verdicts.add(judgeAnswer(session, { model, sentAt, answeredAt: sentAt + 10 }, windows));
      }
      const { violations } = judgeRegister(history, { lifetimeMs: lifeMs });
      const isAccused = verdicts.has("outside") || verdicts.has("lost");
      assert.equal(isAccused, violations.length > 0, JSON.stringify(history));
      if (isAccused) counts.accused++;
      if (verdicts.has("lost")) counts.lost++;
      if (!settled) counts.unsettled++;
    }
    const { accused, lost, unsettled } = counts;
    assert.ok(accused > 400 && accused < 2_000 && lost > 50 && unsettled > 100, JSON.stringify(counts));
  });
});
