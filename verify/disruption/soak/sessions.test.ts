import assert from "node:assert/strict";
import { oneOf } from "./random";
import { seededRandom } from "./testing/seeded-random";
import { judgeAnswer, LiveSessions, type AnswerVerdict, type LiveSession, Windows } from "./sessions";
import { judgeRegister, type AnsweredEvent, type RegisterEvent } from "../../register";

const lifetime = { lifetimeMs: 10_000, toleranceMs: 0 };
const answerOf = (model: string, invokedAt: number, replica = "x"): AnsweredEvent => ({
  ...{ invokedAt, returnedAt: invokedAt + 10, replica, model },
});

/** A session whose first request was sent at 0 and answered with `a`. */
const sessionOf = (more: Partial<LiveSession> = {}): LiveSession => ({
  ...{ id: "s", index: 0, pinnedUntil: lifetime.lifetimeMs, pin: { ...answerOf("a", 0), returnedAt: 5 } },
  ...{ settled: true, confirmedAt: 0, rounds: 1, busy: false, ...more },
});

/** Redis is out of reach from an instant on, for so long. */
function outageAt(from: number, lengthMs: number, isOutage = true): Windows {
  const windows = new Windows();
  Object.assign(windows.add(isOutage), { from, recoveredAt: from + lengthMs });
  return windows;
}

describe("the judgement of a soak's answers", () => {
  const outage = outageAt(1_000, 1_000);
  /** @param answers when they were asked for, and with which model they came, e.g. `500a` */
  const judged = (answers: string, windows: Windows, session = sessionOf()): string => {
    const events = answers.split(" ").map((one) => answerOf(one.slice(-1), Number(one.slice(0, -1))));
    return events.map((event) => judgeAnswer(session, event, windows, lifetime).verdict).join(" ");
  };

  it("holds a session to its first answer until its pin may have run out", () => {
    assert.equal(judged("500a 5100a 9989a 9990b", new Windows()), "held held held unjudged");
  });

  it("takes another model during an outage for no violation, if the pin is back afterwards", () => {
    assert.equal(judged("500a 995b 1500b 2000b 2001a 4000a", outage), "held inside inside inside held held");
  });

  it("calls a pin lost that is another after the outage, unless it was seen after it", () => {
    assert.equal(judged("900a 1500b 2500b", outage), "held inside lost");
    assert.equal(judged("2100a 2500b", outage), "held outside");
  });

  it("learns the pin of a session that was begun during an outage from the first answer after it", () => {
    assert.equal(judged("1500b 2500b 2600a", outage, sessionOf({ settled: false })), "inside held outside");
  });

  it("accuses another model where there was no outage, or a fault that leaves Redis alone", () => {
    assert.equal(judged("500b", outage), "outside");
    assert.equal(judged("1500b", outageAt(1_000, 1_000, false)), "outside");
  });

  it("accuses exactly the histories that verify/register accuses, of what was answered outside of outages", () => {
    const random = seededRandom(42);
    const counts = { accused: 0, lost: 0, unsettled: 0 };
    for (let n = 0; n < 4_000; n++) {
      const wrong = n % 2 === 0 ? 0 : 0.05;
      const windows = n % 4 < 2 ? new Windows() : outageAt(random() < 0.2 ? 0 : random() * 10_000, random() * 3_000);
      const settled = !windows.outage(0, 5);
      const session = sessionOf({ settled });
      // What was answered without Redis neither wrote a pin nor read one.
      const history: RegisterEvent[] = settled ? [session.pin] : [];
      // Everybody answers this one from some outages on: the pin did not outlive them.
      let pin = settled ? "a" : "b";
      let accusation: AnswerVerdict | undefined;
      for (let sentAt = 10 + random() * 900; sentAt < 9_980; sentAt += 20 + random() * 900) {
        const answered = random() > 0.1;
        // It is given up: nobody knows what it wrote.
        if (!answered && !session.settled) break;
        const during = windows.outage(sentAt, sentAt + 10);
        if (during && wrong > 0 && random() < 0.3) pin = "c";
        const model = (during ? random() < 0.5 : random() < wrong) ? "d" : pin;
        const event = answerOf(model, sentAt, oneOf(["x", "y"], random));
        if (!during) history.push(answered ? event : { ...event, model: undefined });
        const verdict = answered ? judgeAnswer(session, event, windows, lifetime).verdict : "unjudged";
        if (verdict === "lost" || verdict === "outside") accusation ??= verdict;
      }
      const isAccused = accusation !== undefined;
      assert.equal(isAccused, judgeRegister(history, lifetime).violations.length > 0, JSON.stringify(history));
      if (isAccused) counts.accused++;
      if (accusation === "lost") counts.lost++;
      if (!settled) counts.unsettled++;
    }
    const { accused, lost, unsettled } = counts;
    assert.ok(accused > 400 && accused < 2_000 && lost > 50 && unsettled > 100, JSON.stringify(counts));
  });
});

describe("live sessions", () => {
  const living = (index: number, more: Partial<LiveSession> = {}): LiveSession =>
    sessionOf({ id: `s${index}`, index, pinnedUntil: 100 + index, ...more });

  it("are picked at random, each about as often, but for those that are being asked", () => {
    const live = new LiveSessions();
    for (let i = 0; i < 11; i++) live.add(living(i, { busy: i === 10 }));
    const random = seededRandom(1);
    const counts = new Map<string, number>();
    for (let n = 0; n < 10_000; n++) {
      const { id } = live.pick(random) as LiveSession;
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    assert.equal(counts.size, 10);
    for (const count of counts.values()) assert.ok(count > 850 && count < 1_150, String(count));
  });

  it("are counted, those that are being begun included, from when on as many live as were wanted", () => {
    const live = new LiveSessions();
    for (let i = 0; i < 10; i++) {
      live.add(living(i));
      live.note(10, 1, i);
      assert.equal(live.least, i < 9 ? null : 11);
    }
    live.expire(104);
    live.note(10, 2, 20);
    for (let i = 10; i < 20; i++) live.add(living(i));
    live.note(10, 0, 30);
    assert.deepEqual([live.peak, live.least, live.allLiveMs], [15, 7, 9]);
  });

  it("go when their pins may have run out, and do not pile up", () => {
    const live = new LiveSessions();
    for (let i = 0; i < 50_000; i++) {
      live.add(living(i));
      live.expire(i);
      assert.ok(live.size <= 101);
    }
    assert.equal(live.peak, 101);
    const random = seededRandom(1);
    for (let n = 0; n < 5_000; n++) assert.ok((live.pick(random)?.index ?? 0) > 49_899, "those that ended are gone");
    const { size } = live;
    const given = live.pick(random) as LiveSession;
    live.end(given);
    live.end(given);
    assert.equal(live.size, size - 1);
    for (let n = 0; n < 1_000; n++) assert.notEqual(live.pick(random), given);
    live.expire(1e9);
    assert.deepEqual([live.size, live.pick(random)], [0, undefined]);
  });
});
