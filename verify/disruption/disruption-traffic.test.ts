import assert from "node:assert/strict";
import type { Replica } from "../history";
import { answeredEvent, type Pin, type Pins } from "./pins";
import type { Stage } from "./stage";
import { startPinTraffic } from "./traffic";
import type { AnsweredEvent } from "../register";
import { exchangeOf, sessionOf } from "../testing/samples";
import { VirtualClock } from "../testing/virtual-clock";

const [a, b] = ["a", "b"].map((name): Replica => ({ name, url: `http://${name}.test` })) as [Replica, Replica];
const first = answeredEvent(exchangeOf("a fast small", { answeredAt: 0 })) as AnsweredEvent;
const sessions = ["s1", "s2"].map((id): Pin => ({ session: sessionOf(id, ""), first }));

interface Scene {
  /** What a replica answers. Default: the pinned model. */
  readonly answer?: (replica: Replica, session: string) => string;
  readonly ready?: (now: number) => readonly Replica[];
  readonly lifetimeMs?: number;
  /** When it is interrupted: from then on nothing is answered. */
  readonly interruptedAt?: number;
}

/** One second of traffic. @returns requests in all, lost and misrouted, who was asked, and which sessions went adrift */
async function second({ answer = () => "small", ready = () => [a, b], lifetimeMs = 1e9, interruptedAt = 1e9 }: Scene) {
  const clock = new VirtualClock();
  const interruption = new AbortController();
  const asked = new Set<string>();
  const read: Pins["read"] = async (pin, replica, round, duringFault) => {
    assert.equal(duringFault, true);
    asked.add(`${replica.name} ${pin.session.id}`);
    const sentAt = clock.now();
    if (sentAt >= interruptedAt) interruption.abort();
    await clock.sleep(1);
    const answered = interruption.signal.aborted ? "!interrupted" : answer(replica, pin.session.id);
    return exchangeOf(`${replica.name} deep-${round} ${answered}`, { sentAt, answeredAt: clock.now() });
  };
  const stage = {
    run: { clock, signal: interruption.signal },
    pins: { read, lifetime: { lifetimeMs, toleranceMs: 0 } },
    watch: { ready: () => ready(clock.now()) },
    rate: 20,
  } as unknown as Stage;
  const count = { total: 0, lost: 0, misrouted: 0 };
  const adrift = new Set<Pin>();
  const run = async (): Promise<void> => {
    await using _ = startPinTraffic(stage, sessions, count, adrift);
    await clock.sleep(999);
  };
  await clock.run(run());
  const names = [...adrift].map(({ session }) => session.id).sort();
  return [Object.values(count).join(), [...asked].sort().join(), names.join()];
}

describe("traffic during a fault", () => {
  const all = "a s1,a s2,b s1,b s2";
  const loses: Scene["answer"] = ({ name }, session) => (name === "a" && session === "s1" ? "!connection reset" : "small");
  const misroutes: Scene["answer"] = ({ name }) => (name === "a" ? "large" : "small");
  const cases: readonly [what: string, scene: Scene, counts: string, asked: string, adrift: string][] = [
    ["is sent at a fixed rate, sessions and replicas taking turns", {}, "20,0,0", all, ""],
    ["goes only to what is ready at the moment", { ready: (now) => (now < 500 ? [] : [b]) }, "10,0,0", "b s1,b s2", ""],
    ["counts what a ready replica did not answer as lost", { answer: loses }, "20,5,0", all, "s1"],
    ["counts another model as misrouted while its pin lives", { answer: misroutes, lifetimeMs: 500 }, "20,0,5", all, "s1,s2"],
    ["does not count what an interruption cut off", { interruptedAt: 500 }, "10,0,0", all, ""],
  ];
  for (const [what, scene, ...expected] of cases) it(what, async () => assert.deepEqual(await second(scene), expected));
});
