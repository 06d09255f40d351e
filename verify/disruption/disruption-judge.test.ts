import assert from "node:assert/strict";
import { Unmeasurable } from "../common/errors";
import { faults } from "./faults";
import { answeredEvent, judgePin, pinsOf, worstOf, type Pin } from "./pins";
import { replicaCutOff } from "./replica-cut-off";
import { scaling } from "./scaling";
import { notReady, readyReplicas, type Disturbance, type Stage } from "./stage";
import type { Replica } from "../history";
import { defaultOptions } from "../options";
import type { AnsweredEvent } from "../register";
import type { RunContext } from "../run/context";
import type { PromptChoice } from "../run/plan";
import type { DeploymentLook, PodLook } from "../targets/disruptable";
import { exchangeOf, sessionOf } from "../testing/samples";

const lifetime = { lifetimeMs: 1_000, toleranceMs: 0 };
const pin: Pin = {
  session: sessionOf("s1", ""),
  first: answeredEvent(exchangeOf("a fast small", { answeredAt: 5 })) as AnsweredEvent,
};
const readOf = (replica: string, answer: string, answeredAt = 20) =>
  exchangeOf(`${replica} deep ${answer}`, { sentAt: 10, answeredAt });

describe("reads of a pin", () => {
  for (const [what, reads, verdict, summary] of [
    [
      "fail at another model, even where an answer is missing",
      [readOf("b", "!HTTP 500"), readOf("c", "large")],
      "fail",
      "s1: c answered large, although a had answered small",
    ],
    [
      "are unknown where an answer is missing",
      [readOf("a", "small"), readOf("b", "!connection refused")],
      "unknown",
      "s1: b did not answer: connection refused",
    ],
    [
      "are unknown, not failed, where the pin may have run out",
      [readOf("a", "small", 999), readOf("b", "large", 1_000)],
      "unknown",
      "s1: its pin may have run out before it was read (--ttl)",
    ],
  ] as const) {
    it(what, () => assert.deepEqual(judgePin({ pin, reads }, lifetime), { verdict, summary }));
  }

  it("are as bad as the worst, with others like it", () => {
    const judged = (["pass", "unknown", "fail", "fail"] as const).map((verdict, i) => ({ verdict, summary: `${i}` }));
    const worst = (count: number) => worstOf(judged.slice(0, count)).map(({ summary }) => summary);
    assert.deepEqual([worst(4), worst(2), worst(1)], [["2", "3"], ["1"], []]);
  });
});

it("pins are begun and read with no more requests at a time than the deployment bears", async () => {
  let [underWay, most] = [0, 0];
  const ask = async () => {
    most = Math.max(most, ++underWay);
    await new Promise(setImmediate);
    underWay--;
    return exchangeOf("a fast small", { sentAt: 0, answeredAt: 1 });
  };
  const run = { options: { ...defaultOptions, concurrency: 16 }, asker: { ask }, signal: new AbortController().signal };
  const choice = { first: () => "", followUp: () => "" } as unknown as PromptChoice;
  const pins = pinsOf(run as unknown as RunContext, choice, "s-", 2);
  const replicas = [a.replica, b.replica] as Replica[];
  await pins.readAll(await pins.begin(8, replicas), replicas);
  assert.equal(most, 2);
});

const podOf = (name: string, overrides: Partial<PodLook> = {}): PodLook => ({
  ...{ name, uid: `uid-${name}`, ready: true, leaving: false, state: "ready" },
  ...{ replica: { name, url: `http://${name}.test` }, ...overrides },
});
const lookOf = (wanted: number, ...pods: readonly PodLook[]): DeploymentLook => ({
  ...{ wanted, observed: true, updated: wanted, revision: "1", pods },
});
const leaving = { ready: false, leaving: true, state: "ending", replica: undefined };
const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => podOf(name)) as [PodLook, PodLook, PodLook, PodLook];

describe("a look at a Deployment", () => {
  const starting = { ready: false, state: "container gateway is not ready", replica: undefined };

  it("has ready replicas, and is ready with as many as are wanted, whatever is on its way out", () => {
    for (const [look, missing] of [
      [lookOf(2, a, b, podOf("c", leaving)), undefined],
      [lookOf(2, a, podOf("b", starting)), "1 of 2 replicas ready, b container gateway is not ready"],
      [lookOf(2, a, podOf("b", leaving)), "1 of 2 replicas ready"],
      [lookOf(2, a, b, c), "3 of 2 replicas ready"],
      [{ ...lookOf(2, a, b), observed: false }, "the controller has not seen the change yet"],
    ] as const) {
      assert.equal(notReady(look), missing);
    }
    assert.deepEqual(readyReplicas(lookOf(2, a, b, podOf("c", starting))), [a.replica, b.replica]);
  });
});

describe("a fault of Redis", () => {
  it("is over when its pod is replaced, and of three when one takes writes again", async () => {
    let pods = [a, b, c];
    let master = (): PodLook => a;
    const disruptable = { redisPods: async () => pods, redisMaster: async () => master(), deletePod: async () => undefined };
    const { inflict } = faults.find(({ id }) => id === "redis-restarted") as Disturbance;
    const { target, missing, outcome } = await inflict({ disruptable } as unknown as Stage, three);
    master = () => {
      throw new Unmeasurable("it is not certain which is the master");
    };
    for (const [now, lacks] of [
      [[podOf("a", leaving), b, c], "Redis' old pod a is ending"],
      [[b, c], "Redis' pods: b ready, c ready"],
      [[b, c, podOf("d", { ready: false, state: "starting" })], "Redis' pods: b ready, c ready, d starting"],
      [[b, c, d], "it is not certain which is the master"],
    ] as const) {
      pods = [...now];
      assert.equal(await missing?.(three), lacks);
    }
    master = () => b;
    assert.equal(await missing?.(three), undefined);
    assert.deepEqual([target, outcome?.(three)], ["pod a", "d (uid uid-d) took its place"]);
  });
});

describe("a replica that is cut off", () => {
  it("must leave the pins of the others alone, and is let in again all the same", async () => {
    const asked: Replica[] = [];
    const readAll = async (pins: readonly Pin[], replicas: readonly Replica[]) => {
      asked.push(...replicas);
      return pins.map((it) => ({ pin: it, reads: [readOf("b", "large")] }));
    };
    let isCut = false;
    const disruptable = { cutOff: async () => void (isCut = true), rejoin: async () => void (isCut = false) };
    const run = { target: { redisUrl: async () => "redis://test" }, clock: { sleep: async () => undefined } };
    const stage = { disruptable, run, pins: { readAll, lifetime } } as unknown as Stage;
    const { meanwhile } = await replicaCutOff.inflict(stage, lookOf(2, { ...a, podIp: "10.0.0.1" }, b));
    assert.equal(isCut, true);
    const summary = "while a was cut off: s1: b answered large, although a had answered small";
    assert.deepEqual(await meanwhile?.([pin]), { verdict: "fail", summary });
    assert.deepEqual([isCut, asked], [false, [b.replica]]);
  });
});

const three = lookOf(3, a, b, c);
const [added, removed] = scaling as readonly [Disturbance, Disturbance];

/** Has the scale of three replicas changed. */
async function change({ inflict }: Disturbance) {
  const held: number[] = [];
  let now = three;
  const disruptable = { workload: { deployment: { name: "plano" } }, hold: async (wanted: number) => void held.push(wanted) };
  const stage = { disruptable, watch: { fromNow: () => () => now } };
  const become = (look: DeploymentLook): void => void (now = look);
  return { ...(await inflict(stage as unknown as Stage, three)), held, become };
}

describe("a changed scale", () => {
  for (const [disturbance, pending, settled] of [
    [added, lookOf(4, a, b, c, d), lookOf(4, a, b, c, d)],
    [removed, lookOf(2, a, b, podOf("c", leaving)), lookOf(2, a, b)],
  ] as const) {
    it(`is not judged when somebody else changes it meanwhile: ${disturbance.id}`, async () => {
      const { landed, missing, outcome, held, become } = await change(disturbance);
      await assert.rejects(landed(), new Unmeasurable("3 replicas are wanted"));
      become(pending);
      await landed();
      assert.deepEqual([await missing?.(settled), outcome?.(settled), held], [undefined, undefined, [settled.wanted]]);
      const message = `somebody else has changed the scale: 3 replicas are wanted, not ${settled.wanted}`;
      assert.equal(await missing?.(three), message);
      assert.throws(() => outcome?.(three), { name: "Unmeasurable", message });
    });
  }

  it("is not judged without the replica that was added", async () => {
    const { landed, outcome, become } = await change(added);
    become(lookOf(4, a, b, c, d));
    await landed();
    const message = "d was added, and is not among the replicas any more";
    assert.throws(() => outcome?.(lookOf(4, a, b, c, podOf("e"))), { name: "Unmeasurable", message });
  });
});
