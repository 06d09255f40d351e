import assert from "node:assert/strict";
import type { Replica } from "../history";
import { answeredEvent, type Pin, type Pins } from "./pins";
import type { Stage } from "./stage";
import { startPinTraffic, type PinTraffic } from "./traffic";
import type { AnsweredEvent } from "../register";
import { exchangeOf, sessionOf, type Step } from "../testing/samples";
import { VirtualClock } from "../testing/virtual-clock";

const [a, b] = ["a", "b"].map((name): Replica => ({ name, url: `http://${name}.test` })) as [Replica, Replica];
const first = answeredEvent(exchangeOf(["a", "fast", "small"], { answeredAt: 0 })) as AnsweredEvent;
const sessions = ["s1", "s2"].map((id): Pin => ({ session: sessionOf(id, []), first }));

interface Scene {
  /** What a replica answers; undefined: it hangs, for two seconds. Default: the pinned model. */
  readonly answer?: (replica: Replica, now: number) => Step[2] | undefined;
  readonly ready?: (now: number) => readonly Replica[];
  readonly lifetimeMs?: number;
  readonly signal?: AbortSignal;
}

/** One second of traffic. */
async function second({ answer = () => "small", ready = () => [a, b], lifetimeMs = 1e9, signal }: Scene): Promise<{
  readonly count: PinTraffic["count"];
  readonly asked: readonly string[];
  readonly mostAtOnce: number;
}> {
  const clock = new VirtualClock();
  const asked: string[] = [];
  let [atOnce, mostAtOnce] = [0, 0];
  const read: Pins["read"] = async (pin, replica, round, duringFault) => {
    assert.equal(duringFault, true);
    asked.push(`${replica.name} ${pin.session.id}`);
    mostAtOnce = Math.max(mostAtOnce, ++atOnce);
    const sentAt = clock.now();
    const answered = answer(replica, sentAt);
    await clock.sleep(answered === undefined ? 2_000 : 1);
    atOnce--;
    return exchangeOf([replica.name, `deep ${round}`, answered ?? { failure: "no answer" }], { sentAt, answeredAt: clock.now() });
  };
  const stage = {
    run: { clock, signal: signal ?? new AbortController().signal },
    pins: { read, lifetime: { lifetimeMs, toleranceMs: 0 } },
    watch: { ready: () => ready(clock.now()) },
  } as unknown as Stage;
  const run = async (): Promise<PinTraffic["count"]> => {
    const { traffic, count } = startPinTraffic(stage, sessions);
    await clock.sleep(999);
    await traffic[Symbol.asyncDispose]();
    return count;
  };
  return { count: await clock.run(run()), asked, mostAtOnce };
}

describe("traffic during a fault", () => {
  it("is sent at a fixed rate, sessions and replicas taking turns", async () => {
    const { count, asked } = await second({});
    assert.deepEqual(count, { total: 20, lost: 0, misrouted: 0 });
    assert.deepEqual([...new Set(asked)].sort(), ["a s1", "a s2", "b s1", "b s2"]);
  });

  it("goes only to what is ready at the moment", async () => {
    const { count, asked } = await second({ ready: (now) => (now < 500 ? [] : [b]) });
    assert.equal(count.total, 10);
    assert.ok(asked.every((to) => to.startsWith("b")));
  });

  it("counts what a ready replica did not answer as lost", async () => {
    const { count } = await second({ answer: ({ name }) => (name === "a" ? { failure: "connection reset" } : "small") });
    assert.deepEqual(count, { total: 20, lost: 10, misrouted: 0 });
  });

  it("counts another model as misrouted while the pin lives, and not after", async () => {
    const { count } = await second({ answer: ({ name }) => (name === "a" ? "large" : "small"), lifetimeMs: 500 });
    assert.deepEqual([count.lost, count.misrouted], [0, 5]);
  });

  it("sends no more than a few at a time to replicas that hang, and waits for their answers", async () => {
    const { count, mostAtOnce } = await second({ answer: () => undefined });
    assert.deepEqual([count.total, count.lost, mostAtOnce], [16, 16, 16]);
  });

  it("does not count what an interruption cut off", async () => {
    const interruption = new AbortController();
    const { count } = await second({
      signal: interruption.signal,
      answer: (_replica, now) => {
        if (now < 500) return "small";
        interruption.abort();
        return { failure: "interrupted" };
      },
    });
    assert.deepEqual([count.total, count.lost], [10, 0]);
  });
});
