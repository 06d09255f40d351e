import assert from "node:assert/strict";
import { seededRandom } from "./testing/seeded-random";
import { LiveSessions, Windows, type Window } from "./sessions";
import { Tally, type Way } from "./tally";
import { startSoakTraffic } from "./traffic";
import type { Exchange, Replica } from "../../history";
import type { Question } from "../../run/asker";
import { VirtualClock } from "../../testing/virtual-clock";

interface Asked extends Required<Question> {
  readonly way: Way;
  readonly at: number;
}

interface Scene {
  readonly seconds: number;
  readonly sessions: number;
  readonly ttlSeconds?: number;
  /** The model that is answered; undefined: none. Default: `small`. */
  readonly answer?: (asked: Asked) => string | undefined;
  /** Milliseconds until an answer. */
  readonly takesMs?: number;
  /** Pods that are not ready at a look, and those that have been told to end. */
  readonly unready?: string;
  readonly leaving?: string;
  readonly window?: Pick<Window, "isOutage"> & Partial<Window>;
}

/** Traffic of 100 requests a second on a virtual clock. */
async function play({ seconds, sessions, answer, takesMs = 5, ...scene }: Scene) {
  const clock = new VirtualClock();
  const asked: Asked[] = [];
  const [live, tally, windows] = [new LiveSessions(), new Tally(), new Windows()];
  if (scene.window !== undefined) Object.assign(windows.add(scene.window.isOutage), scene.window);
  let [atOnce, most] = [0, 0];
  const replicas = ["a", "b"].map((name): Replica => ({ name, url: `http://${name}.test`, pod: name }));
  const pods = replicas.map(({ name }) => ({
    ...{ name, uid: name, state: "", ready: !scene.unready?.includes(name), leaving: scene.leaving === name },
  }));
  const ask = (way: Way, question: Required<Question>): Promise<Exchange> => {
    const { replica, prompt } = question;
    const one: Asked = { ...question, way, at: clock.now() };
    asked.push(one);
    most = Math.max(most, ++atOnce);
    const model = answer === undefined ? "small" : answer(one);
    return clock.sleep(takesMs).then(() => {
      atOnce--;
      const result = model === undefined ? { kind: "failure", reason: `no ${replica.name}` } : { kind: "model", model };
      const times = { sentAt: one.at, answeredAt: clock.now() };
      return { replica, prompt, traceId: "", attempts: 1, ...times, answer: result as Exchange["answer"] };
    });
  };
  const work = async (): Promise<void> => {
    const traffic = startSoakTraffic({
      ...{ live, tally, windows, sessions, rate: 100, ttlSeconds: scene.ttlSeconds ?? 1e6, prefix: "s" },
      run: { clock, signal: new AbortController().signal },
      random: seededRandom(5),
      askers: {
        service: { ask: (question) => ask("service", question as Required<Question>) },
        pod: { ask: (question) => ask("pod", question as Required<Question>) },
      },
      choice: {
        first: () => "first",
        ofModel: () => "first",
        followUp: () => "another",
        modelOf: () => undefined,
        showsPin: () => false,
      },
      watch: { ready: () => replicas, fromNow: () => () => ({ wanted: 2, observed: true, updated: 2, revision: "1", pods }) },
      service: { name: "service", url: "http://service.test" },
    });
    await clock.sleep(seconds * 1_000 - 1);
    await traffic[Symbol.asyncDispose]();
  };
  await clock.run(work());
  return { asked, live, tally, most };
}

describe("the traffic of a soak", () => {
  it("keeps its rate, and begins no more than every other request until all sessions live", async () => {
    const { asked, live, tally } = await play({ seconds: 10, sessions: 200 });
    assert.ok(Math.abs(asked.length - 1_000) <= 2, `${asked.length} requests`);
    assert.deepEqual([live.peak, live.least, tally.sessions.begun], [200, 200, 200]);
    const begun = asked.filter(({ round, at }) => round === 0 && at < 1_000).length;
    assert.ok(begun >= 49 && begun <= 51, `${begun} begun in the first second`);
  });

  it("goes half through the service and half to the pods, and asks a session one thing at a time", async () => {
    const { asked, tally } = await play({ seconds: 10, sessions: 20 });
    const { service, pod } = tally.ways;
    assert.ok(service.sent > 430 && pod.sent > 430, JSON.stringify({ service, pod }));
    assert.deepEqual([...new Set(asked.map(({ replica }) => replica.name))].sort(), ["a", "b", "service"]);
    const last = new Map<string, number>();
    for (const { session, at, round } of asked) {
      assert.ok(at - (last.get(session) ?? -5) >= 5, session);
      assert.equal(round === 0, !last.has(session));
      last.set(session, at);
    }
  });

  it("replaces a session by a new one when its pin may have run out, and does not ask it again", async () => {
    const { asked, live, tally } = await play({ seconds: 20, sessions: 50, ttlSeconds: 5 });
    assert.ok(tally.sessions.begun > 150 && tally.sessions.begun <= 250, String(tally.sessions.begun));
    assert.ok(live.peak === 50 && live.size >= 45);
    const first = new Map<string, number>();
    for (const { session, at } of asked) {
      if (!first.has(session)) first.set(session, at);
      assert.ok(at - (first.get(session) ?? 0) <= 5_000 + 10, `${session} was asked after its life`);
    }
  });

  it("gives up a session whose pin is not honoured, with an example", async () => {
    const answer = ({ replica }: Asked): string => (replica.name === "b" ? "large" : "small");
    const { asked, tally } = await play({ seconds: 10, sessions: 10, answer });
    assert.ok(tally.answers.outside > 100 && tally.answers.held > 100, JSON.stringify(tally.answers));
    assert.equal(tally.sessions.violated, tally.answers.outside);
    const one = tally.examples[0]?.session;
    const models = asked.filter(({ session }) => session === one).map((it) => answer(it));
    const strange = models.findIndex((it) => it !== models[0]);
    assert.deepEqual([new Set(models).size, strange], [2, models.length - 1], models.join());
    assert.match(tally.examples[0]?.sentence ?? "", /^(a|b|service) answered (small|large), although \w+ had answered \w+$/);
  });

  const podsFail = ({ way }: Asked): string | undefined => (way === "pod" ? undefined : "small");
  const failuresOf = (tally: Tally): string[] =>
    tally
      .failures()
      .map(({ fault, cause, podLeft }) => `${fault === null ? "quiet" : "fault"}: ${cause}${podLeft ? ", it left" : ""}`)
      .sort();

  it("gives up a session whose first request fails, and tells a pod that left from one that stayed", async () => {
    const { tally, live } = await play({ seconds: 5, sessions: 30, answer: podsFail, leaving: "b" });
    const { begun, answered } = tally.sessions;
    assert.ok(begun > answered && live.peak === 30, JSON.stringify({ begun, answered, peak: live.peak }));
    assert.deepEqual(failuresOf(tally), ["quiet: no a", "quiet: no b, it left"]);
  });

  it("excuses a pod that has crashed during a fault, and not at rest", async () => {
    const window = { isOutage: false, from: 2_000 };
    const { tally } = await play({ seconds: 4, sessions: 30, answer: podsFail, unready: "b", window });
    assert.deepEqual(failuresOf(tally), ["fault: no a", "fault: no b, it left", "quiet: no a", "quiet: no b"]);
  });

  it("gives up a session of an outage whose first request after it fails, for that may yet write a pin", async () => {
    const answer = ({ round, at }: Asked): string | undefined => (at > 1_500 && round > 0 ? undefined : "small");
    const window = { isOutage: true, from: 0, recoveredAt: 1_500 };
    const { asked } = await play({ seconds: 4, sessions: 20, answer, window });
    const begunBefore = new Set(asked.filter(({ round, at }) => round === 0 && at <= 1_500).map(({ session }) => session));
    const after = asked.filter(({ session, at }) => begunBefore.has(session) && at > 1_500).map(({ session }) => session);
    assert.deepEqual([begunBefore.size, after.length, new Set(after).size], [20, 20, 20]);
  });

  it("knows the fewest that lived once all did, and sends no more than 1,000 at a time to what hangs", async () => {
    const answer = ({ round, at }: Asked): string | undefined => (round === 0 && at > 4_000 ? undefined : "small");
    const { live } = await play({ seconds: 6, sessions: 100, ttlSeconds: 5, answer });
    assert.ok(live.peak === 100 && (live.least ?? 100) < 60, `${live.least} lived`);
    const { most, tally } = await play({ seconds: 30, sessions: 2_000, takesMs: 40_000 });
    assert.ok(most === 1_000 && tally.skipped > 200, `${most}, ${tally.skipped}`);
  });
});
