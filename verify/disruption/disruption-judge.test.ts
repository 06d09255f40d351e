import assert from "node:assert/strict";
import { Unmeasurable } from "../common/errors";
import { faults } from "./faults";
import { answeredEvent, judgePin, worstOf, type Pin } from "./pins";
import { notReady, readyReplicas, type Disturbance, type Stage } from "./stage";
import type { AnsweredEvent } from "../register";
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
    ["pass when every replica answers as the first did", [readOf("a", "small"), readOf("b", "small")], "pass", ""],
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

describe("a look at a Deployment", () => {
  const pod = (name: string, overrides: Partial<PodLook> = {}): PodLook => {
    const replica = { name, url: `http://${name}.test` };
    return { name, uid: `uid-${name}`, ready: true, leaving: false, state: "ready", replica, ...overrides };
  };
  const lookOf = (...pods: readonly PodLook[]): DeploymentLook => ({
    ...{ wanted: 2, observed: true, updated: 2, revision: "1", pods },
  });
  const starting = { ready: false, state: "container gateway is not ready", replica: undefined };
  const leaving = { ready: false, leaving: true, state: "ending", replica: undefined };

  it("is ready with as many ready pods as are wanted, whatever is on its way out", () => {
    for (const [look, missing] of [
      [lookOf(pod("a"), pod("b"), pod("c", leaving)), undefined],
      [lookOf(pod("a"), pod("b", starting)), "1 of 2 replicas ready, b container gateway is not ready"],
      [lookOf(pod("a"), pod("b", leaving)), "1 of 2 replicas ready"],
      [lookOf(pod("a"), pod("b"), pod("c")), "3 of 2 replicas ready"],
      [{ ...lookOf(pod("a"), pod("b")), observed: false }, "the controller has not seen the change yet"],
    ] as const) {
      assert.equal(notReady(look), missing);
    }
  });

  it("has the ready replicas", () => {
    const ready = readyReplicas(lookOf(pod("a"), pod("b"), pod("c", starting)));
    assert.deepEqual(
      ready.map(({ name }) => name),
      ["a", "b"],
    );
  });
});

describe("a fault of Redis", () => {
  it("is over when its pod is replaced, and of three when one takes writes again", async () => {
    const podOf = (uid: string, ready = true): PodLook => ({ name: uid, uid, ready, leaving: !ready, state: "starting" });
    let pods = ["a", "b", "c"].map((uid) => podOf(uid));
    let master: () => PodLook = () => podOf("a");
    const disruptable = { redisPods: async () => pods, redisMaster: async () => master(), deletePod: async () => undefined };
    const { inflict } = faults.find(({ id }) => id === "redis-restarted") as Disturbance;
    const { target, missing, outcome } = await inflict({ disruptable } as unknown as Stage, {} as DeploymentLook);
    const [, b, c] = pods as [PodLook, PodLook, PodLook];
    const steps: readonly [now: PodLook[], lacks: string | undefined][] = [
      [[podOf("a", false), b, c], "Redis' old pod a is ending"],
      [[b, c], "Redis' pods: b starting, c starting"],
      [[b, c, podOf("a2", false)], "Redis' pods: b starting, c starting, a2 starting"],
      [[b, c, podOf("a2")], "it is not certain which is the master"],
    ];
    master = () => {
      throw new Unmeasurable("it is not certain which is the master");
    };
    for (const [now, lacks] of steps) {
      pods = now;
      assert.equal(await missing?.({} as DeploymentLook), lacks);
    }
    master = () => b;
    const lacks = await missing?.({} as DeploymentLook);
    assert.deepEqual([target, lacks, outcome?.({} as DeploymentLook)], ["pod a", undefined, "a2 (uid a2) took its place"]);
  });
});
