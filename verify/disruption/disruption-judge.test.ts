import assert from "node:assert/strict";
import { otherIds } from "./faults";
import { answeredEvent, judgePin, worstOf, type Pin } from "./pins";
import { notReady, readyReplicas } from "./stage";
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
    it(what, () => assert.deepEqual(judgePin({ pin, reads }, lifetime), { pin, verdict, summary }));
  }

  it("are as bad as the worst, with the number of others like it", () => {
    const judged = (["pass", "unknown", "fail", "fail"] as const).map((verdict, i) => ({ verdict, summary: `${i}` }));
    const worst = (count: number) => {
      const { summary, others } = worstOf(judged.slice(0, count)) ?? {};
      return [summary, others];
    };
    assert.deepEqual(
      [worst(4), worst(2), worst(1)],
      [
        ["2", 1],
        ["1", 0],
        [undefined, undefined],
      ],
    );
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

  it("has the ready replicas, without one that was told to end since", () => {
    const names = (told: readonly string[]): string[] =>
      readyReplicas(lookOf(pod("a"), pod("b"), pod("c", starting)), new Set(told)).map(({ name }) => name);
    assert.deepEqual([names([]), names(["uid-a"])], [["a", "b"], ["b"]]);
  });
});

describe("the clients of Redis", () => {
  it("are read by their ids, without the verifier's own connections", () => {
    // As Redis 7.0 prints them.
    const line = (id: number, name: string): string =>
      `id=${id} addr=10.0.0.${id}:41372 laddr=10.0.0.9:6379 fd=8 name=${name} age=5 idle=0 flags=N db=0 cmd=client|list user=default`;
    const list = `${[line(3, ""), line(4, "plano-affinity-verify"), line(15, "other")].join("\n")}\n`;
    assert.deepEqual(otherIds(list), ["3", "15"]);
    assert.deepEqual(otherIds("\n"), []);
  });
});
