import assert from "node:assert/strict";
import { notReady, readyReplicas } from "./deployment-watch";
import { judgeReads, worstOf } from "./judge-reads";
import type { Pin, Read } from "./pins";
import type { DeploymentLook, PodLook } from "../targets/disruptable";
import { exchangeOf, sessionOf } from "../testing/samples";

const pinOf = (id: string, pinnedUntil = 1_000): Pin => ({
  session: sessionOf(id, [], { pinnedUntil }),
  writer: { name: "a", url: "http://a.test" },
  model: "small",
});

const readOf = (pin: Pin, replica: string, answer: string | { failure: string }, answeredAt = 10): Read => ({
  pin,
  exchange: exchangeOf([replica, "deep", answer], { answeredAt }),
});

describe("reads of pins", () => {
  it("pass when every replica answers as the first did", () => {
    const pin = pinOf("s1");
    assert.deepEqual(judgeReads([readOf(pin, "a", "small"), readOf(pin, "b", "small")]), [{ pin, verdict: "pass", why: "" }]);
  });

  it("fail at another model, whatever else is amiss", () => {
    const pin = pinOf("s1");
    const [judged] = judgeReads([readOf(pin, "b", { failure: "HTTP 500" }), readOf(pin, "c", "large")]);
    assert.deepEqual([judged?.verdict, judged?.why], ["fail", "s1: c answered large, although a had answered small"]);
  });

  it("are unknown where an answer is missing", () => {
    const pin = pinOf("s1");
    const [judged] = judgeReads([readOf(pin, "a", "small"), readOf(pin, "b", { failure: "connection refused" })]);
    assert.deepEqual([judged?.verdict, judged?.why], ["unknown", "s1 was not answered by b: connection refused"]);
  });

  it("are unknown, not failed, where the pin may have run out", () => {
    const pin = pinOf("s1", 500);
    const [judged] = judgeReads([readOf(pin, "a", "small", 499), readOf(pin, "b", "large", 500)]);
    assert.deepEqual([judged?.verdict, judged?.why], ["unknown", "the pin of s1 may have run out before it was read (--ttl)"]);
  });

  it("are as bad as the worst pin, with the number of others like it", () => {
    const [good, silent, lost, lostToo] = ["s1", "s2", "s3", "s4"].map((id) => pinOf(id)) as [Pin, Pin, Pin, Pin];
    const judged = judgeReads([
      readOf(good, "b", "small"),
      readOf(silent, "b", { failure: "x" }),
      readOf(lost, "b", "large"),
      readOf(lostToo, "b", "large"),
    ]);
    assert.deepEqual([worstOf(judged)?.pin, worstOf(judged)?.others], [lost, 1]);
    assert.deepEqual([worstOf(judged.slice(0, 2))?.pin, worstOf(judged.slice(0, 2))?.others], [silent, 0]);
    assert.equal(worstOf(judged.slice(0, 1)), undefined);
  });
});

describe("a look at a Deployment", () => {
  const pod = (name: string, overrides: Partial<PodLook> = {}): PodLook => {
    const replica = { name, url: `http://${name}.test` };
    return { name, uid: `uid-${name}`, ready: true, leaving: false, state: "ready", replica, ...overrides };
  };
  const lookOf = (...pods: readonly PodLook[]): DeploymentLook => ({
    wanted: 2,
    observed: true,
    updated: 2,
    revision: "1",
    pods,
  });
  const starting = { ready: false, state: "container gateway is not ready", replica: undefined };
  const leaving = { ready: false, leaving: true, state: "ending", replica: undefined };

  it("is ready with as many ready pods as are wanted, whatever is on its way out", () => {
    assert.equal(notReady(lookOf(pod("a"), pod("b"), pod("c", leaving))), undefined);
  });

  it("is not while a pod starts, one is missing or one too many, or the controller lags", () => {
    assert.equal(notReady(lookOf(pod("a"), pod("b", starting))), "1 of 2 replicas ready, b container gateway is not ready");
    assert.equal(notReady(lookOf(pod("a"), pod("b", leaving))), "1 of 2 replicas ready");
    assert.equal(notReady(lookOf(pod("a"), pod("b"), pod("c"))), "3 of 2 replicas ready");
    assert.equal(notReady({ ...lookOf(pod("a"), pod("b")), observed: false }), "the controller has not seen the change yet");
  });

  it("has the ready replicas, without one that was told to end since", () => {
    const names = (told: readonly string[]): string[] =>
      readyReplicas(lookOf(pod("a"), pod("b"), pod("c", starting)), new Set(told)).map(({ name }) => name);
    assert.deepEqual(names([]), ["a", "b"]);
    assert.deepEqual(names(["uid-a"]), ["b"]);
  });
});
