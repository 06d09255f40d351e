import assert from "node:assert/strict";
import { mostAtOnce } from "./client";
import { seededRandom } from "./random";
import { LiveSessions } from "./sessions";
import { Tally, type Way } from "./tally";
import { startSoakTraffic } from "./traffic";
import { Windows } from "./windows";
import type { Answer, Exchange, Replica } from "../../history";
import type { Question } from "../../run/asker";
import type { DeploymentLook } from "../../targets/disruptable";
import { VirtualClock } from "../../testing/virtual-clock";

type SoakQuestion = Question & { readonly way: Way };
type SoakAsked = Required<SoakQuestion> & { readonly at: number };

const [a, b] = ["a", "b"].map((name): Replica => ({ name, url: `http://${name}.test`, pod: name })) as [Replica, Replica];
const choice = { first: () => "first", followUp: () => "another", modelOf: () => undefined };

interface Scene {
  readonly seconds: number;
  readonly sessions: number;
  readonly rate: number;
  readonly ttlSeconds?: number;
  /** Default: the model that the session was pinned to. */
  readonly answer?: (question: SoakQuestion, now: number) => Answer;
  /** Milliseconds until an answer. */
  readonly takesMs?: number;
  /** Whether a pod is ready at a look. Default: it is. */
  readonly isReady?: (name: string) => boolean;
  /** Whether it has been told to end. Default: it has not. */
  readonly isLeaving?: (name: string) => boolean;
  /** Default: none. */
  readonly windows?: Windows;
}

/** Traffic for some seconds of a virtual clock. */
async function play(scene: Scene) {
  const { seconds, sessions, rate, ttlSeconds = 1e6, answer, takesMs = 5, isReady = () => true, isLeaving = () => false } = scene;
  const { windows = new Windows() } = scene;
  const clock = new VirtualClock();
  const asked: SoakAsked[] = [];
  const [live, tally] = [new LiveSessions(), new Tally()];
  let [atOnce, most, skipped] = [0, 0, 0];
  const pods = [a, b].map((replica) => ({ name: replica.name, uid: replica.name, state: "", replica }));
  const look = (): DeploymentLook => ({
    wanted: 2,
    observed: true,
    updated: 2,
    revision: "1",
    pods: pods.map((pod) => ({ ...pod, ready: isReady(pod.name), leaving: isLeaving(pod.name) })),
  });
  const signal = new AbortController().signal;
  const work = async (): Promise<void> => {
    const ask =
      (way: Way) =>
      async (asking: Question): Promise<Exchange> => {
        const question = { ...asking, way };
        const sentAt = clock.now();
        asked.push({ ...question, at: sentAt } as SoakAsked);
        most = Math.max(most, ++atOnce);
        await clock.sleep(takesMs);
        atOnce--;
        const { replica, prompt } = question;
        const result = answer?.(question, sentAt) ?? { kind: "model", model: "small" };
        return { replica, prompt, traceId: "", attempts: 1, sentAt, answeredAt: clock.now(), answer: result };
      };
    const traffic = startSoakTraffic({
      clock,
      signal,
      random: seededRandom(5),
      ask: { service: ask("service"), pod: ask("pod") },
      choice,
      watch: { ready: () => [a, b], lookSince: look },
      service: { name: "service", url: "http://service.test" },
      live,
      tally,
      windows,
      sessions,
      prefix: "s",
      ttlSeconds,
      rate,
      mostAtOnce: 64,
    });
    await clock.sleep(seconds * 1_000 - 1);
    await traffic.stop();
    skipped = tally.skipped + traffic.skipped;
  };
  await clock.run(work());
  return { asked, live, tally, most, skipped };
}

describe("the traffic of a soak", () => {
  it("keeps its rate, and begins no more than every other request until all sessions live", async () => {
    const { asked, live, tally } = await play({ seconds: 10, sessions: 200, rate: 100 });
    assert.ok(Math.abs(asked.length - 1_000) <= 2, `${asked.length} requests`);
    assert.equal(live.peak, 200);
    assert.equal(tally.sessions.begun, 200);
    const begun = asked.filter(({ round, at }) => round === 0 && at < 1_000).length;
    assert.ok(begun >= 49 && begun <= 51, `${begun} begun in the first second`);
  });

  it("goes half through the service and half to the pods, and asks a session one thing at a time", async () => {
    const { asked, tally } = await play({ seconds: 10, sessions: 20, rate: 100 });
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
    const { asked, live, tally } = await play({ seconds: 20, sessions: 50, rate: 100, ttlSeconds: 5 });
    assert.ok(tally.sessions.begun > 150 && tally.sessions.begun <= 250, String(tally.sessions.begun));
    assert.ok(live.peak === 50 && live.size >= 45);
    const first = new Map<string, number>();
    for (const { session, at } of asked) {
      if (!first.has(session)) first.set(session, at);
      assert.ok(at - (first.get(session) ?? 0) <= 5_000 + 10, `${session} was asked after its life`);
    }
  });

  it("counts a session once whose pin is not honoured, with an example", async () => {
    const answer = ({ replica }: SoakQuestion): Answer => ({ kind: "model", model: replica === b ? "large" : "small" });
    const { tally } = await play({ seconds: 10, sessions: 10, rate: 100, answer });
    assert.ok(tally.answers.outside > 100 && tally.answers.held > 100);
    assert.ok(tally.sessions.violated > 5 && tally.sessions.violated <= 10, String(tally.sessions.violated));
    assert.match(
      tally.examples[0]?.sentence ?? "",
      /^(a|b|service) answered (small|large), although (a|b|service) had answered (small|large)$/,
    );
  });

  const podsFail = ({ way, replica }: SoakQuestion): Answer =>
    way === "pod" ? { kind: "failure", reason: `no ${replica.name}` } : { kind: "model", model: "small" };

  it("gives up a session whose first request fails, and tells a pod that left from one that stayed", async () => {
    const scene = { seconds: 5, sessions: 30, rate: 100, answer: podsFail };
    const { tally, live } = await play({ ...scene, isReady: (name) => name === "a", isLeaving: (name) => name === "b" });
    const { begun, answered } = tally.sessions;
    assert.ok(begun > answered && live.peak === 30, JSON.stringify({ begun, answered, peak: live.peak }));
    assert.deepEqual(
      tally.failures().map(({ way, cause, podLeft }) => [way, cause, podLeft]).sort(),
      [["pod", "no a", false], ["pod", "no b", true]],
    ); // prettier-ignore
  });

  it("gives up a session of an outage whose first request after it fails, for that may yet write a pin", async () => {
    const windows = new Windows();
    windows.open({ fault: 0, isOutage: true, from: 0, recoveredAt: 1_500 });
    const answer = ({ round }: SoakQuestion, now: number): Answer =>
      now > 1_500 && (round ?? 0) > 0 ? { kind: "failure", reason: "no" } : { kind: "model", model: "small" };
    const { asked } = await play({ seconds: 4, sessions: 20, rate: 100, answer, windows });
    const begunBefore = new Set(asked.filter(({ round, at }) => round === 0 && at <= 1_500).map(({ session }) => session));
    const after = asked.filter(({ session, at }) => begunBefore.has(session) && at > 1_500).map(({ session }) => session);
    assert.deepEqual([begunBefore.size, after.length, new Set(after).size], [20, 20, 20]);
  });

  it("excuses a pod that has crashed during a fault, and not at rest", async () => {
    const scene = { seconds: 4, sessions: 30, rate: 100, answer: podsFail, isReady: (name: string) => name === "a" };
    const windows = new Windows();
    windows.open({ fault: 0, isOutage: false, from: 2_000 });
    const { tally } = await play({ ...scene, windows });
    assert.deepEqual(
      tally.failures().map(({ fault, cause, podLeft }) => [String(fault), cause, podLeft]).sort(),
      [["0", "no a", false], ["0", "no b", true], ["null", "no a", false], ["null", "no b", false]],
    ); // prettier-ignore
  });

  it("knows the fewest that lived once all did", async () => {
    const { live } = await play({ seconds: 10, sessions: 100, rate: 100 });
    assert.equal(live.least, 100);
    const answer = ({ round }: SoakQuestion, now: number): Answer =>
      round === 0 && now > 4_000 ? { kind: "failure", reason: "no" } : { kind: "model", model: "small" };
    const { live: dying } = await play({ seconds: 6, sessions: 100, rate: 100, ttlSeconds: 5, answer });
    assert.ok(dying.peak === 100 && (dying.least ?? 100) < 60, `${dying.least} lived`);
    const { live: never } = await play({ seconds: 1, sessions: 100, rate: 100 });
    assert.equal(never.least, undefined);
  });

  it("sends no more than 64 at a time to what hangs, and says how many it did not send", async () => {
    const { most, skipped } = await play({ seconds: 5, sessions: 1_000, rate: 100, takesMs: 3_000 });
    assert.equal(most, 64);
    assert.ok(skipped > 200, String(skipped));
  });

  it("may have as many under way as are due until the first reaches its limit, from 64 to 1,000", () => {
    const most = (rate: number, timeoutSeconds: number): number => mostAtOnce({ rate, timeoutSeconds });
    assert.deepEqual([most(2, 10), most(50, 10), most(50, 0.5), most(1_000, 10)], [64, 500, 64, 1_000]);
  });
});
