import assert from "node:assert/strict";
import type { Replica } from "../history";
import type { Pin, Pins } from "./pins";
import { Traffic, type TrafficCount } from "./traffic";
import { exchangeOf, sessionOf, type Step } from "../testing/samples";
import { VirtualClock } from "../testing/virtual-clock";

const [a, b] = ["a", "b"].map((name): Replica => ({ name, url: `http://${name}.test` })) as [Replica, Replica];
const limits = { requestsPerSecond: 20, requestsAtOnce: 4 };

interface Scene {
  /** What a replica answers; default the pinned model. */
  readonly answer?: (replica: Replica, now: number) => Step[2] | undefined;
  readonly ready?: (now: number) => readonly Replica[];
  readonly pinnedUntil?: number;
  readonly signal?: AbortSignal;
}

/** One second of traffic. */
async function second({ answer, ready = () => [a, b], pinnedUntil = Infinity, signal }: Scene): Promise<{
  readonly count: TrafficCount;
  readonly asked: readonly string[];
  readonly mostAtOnce: number;
}> {
  const clock = new VirtualClock();
  const asked: string[] = [];
  let [atOnce, mostAtOnce] = [0, 0];
  const sessions = ["s1", "s2"].map((id): Pin => ({ session: sessionOf(id, [], { pinnedUntil }), writer: a, model: "small" }));
  const pins: Pick<Pins, "read"> = {
    async read(pin, replica, round, duringFault) {
      assert.equal(duringFault, true);
      asked.push(`${replica.name} ${pin.session.id}`);
      mostAtOnce = Math.max(mostAtOnce, ++atOnce);
      const answered = answer === undefined ? "small" : answer(replica, clock.now());
      // A replica that hangs, for two seconds.
      if (answered === undefined) await clock.sleep(2_000);
      atOnce--;
      const result = answered ?? { failure: "no answer" };
      return { pin, exchange: exchangeOf([replica.name, `deep ${round}`, result], { answeredAt: clock.now() }) };
    },
  };
  const run = { clock, signal: signal ?? new AbortController().signal };
  const count = await clock.run(
    (async () => {
      const traffic = new Traffic({ run, pins, sessions, limits, ready: () => ready(clock.now()) });
      await clock.sleep(999);
      return traffic.stop();
    })(),
  );
  return { count, asked, mostAtOnce };
}

describe("traffic during a fault", () => {
  it("is sent at a fixed rate, sessions and replicas taking turns", async () => {
    const { count, asked } = await second({});
    assert.deepEqual(count, { total: 20, lost: 0, misrouted: 0, firstLost: undefined });
    assert.deepEqual([...new Set(asked)].sort(), ["a s1", "a s2", "b s1", "b s2"]);
  });

  it("goes only to what is ready at the moment", async () => {
    const { count, asked } = await second({ ready: (now) => (now < 500 ? [] : [b]) });
    assert.equal(count.total, 10);
    assert.ok(asked.every((to) => to.startsWith("b")));
  });

  it("counts what a ready replica did not answer as lost, with the first of them in words", async () => {
    const { count } = await second({ answer: ({ name }) => (name === "a" ? { failure: "connection reset" } : "small") });
    assert.deepEqual(count, { total: 20, lost: 10, misrouted: 0, firstLost: "a: connection reset" });
  });

  it("counts another model as misrouted while the pin lives, and not after", async () => {
    const { count } = await second({ answer: ({ name }) => (name === "a" ? "large" : "small"), pinnedUntil: 500 });
    assert.deepEqual([count.lost, count.misrouted], [0, 5]);
  });

  it("sends no more than a few at a time to replicas that hang, and waits for their answers", async () => {
    const { count, mostAtOnce } = await second({ answer: () => undefined });
    assert.deepEqual([count.total, count.lost, mostAtOnce], [4, 4, 4]);
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
