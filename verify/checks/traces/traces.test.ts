import assert from "node:assert/strict";
import { judgeTraces, type Traced } from "./judge";
import type { Span } from "../../jaeger/client";
import { exchangeOf } from "../../testing/samples";

function llm(pod?: string): Span {
  return { service: "plano(llm)", tags: pod === undefined ? {} : { "k8s.pod.name": pod } };
}
const routing: Span = { service: "plano(routing)", tags: {} };

function traced(name: string, expected: Traced["expected"], spans: readonly Span[], pod?: string): Traced {
  return {
    exchange: exchangeOf(`${name} quick small`, { replica: { name, url: "http://x.test", pod }, traceId: "t1" }),
    expected,
    spans,
  };
}

const first = traced("a", "routed", [llm("pod-a"), routing], "pod-a");
const healthy = [first, traced("b", "pinned", [llm("pod-b")], "pod-b")];
const beside = traced("b", "routed", [llm("pod-b"), routing]);

const cases: readonly [name: string, all: readonly Traced[], said: string | RegExp][] = [
  [
    "unpinned requests were routed, pinned ones were not, and each names its pod",
    healthy,
    "pass: 1 unpinned requests were routed and 1 pinned ones were not, on all 2 replicas; each names the pod that was asked",
  ],
  [
    "requests of anchored sessions were routed too",
    [first, traced("b", "anchored", [llm("pod-b"), routing])],
    /^pass: 1 unpinned requests were routed and 1 anchored ones were too, on all 2 replicas/,
  ],
  ["named replicas tell no pod", [traced("a", "routed", [llm(), routing]), traced("b", "pinned", [llm()])], /^pass: /],
  [
    "a pinned request was routed",
    [beside, traced("a", "pinned", [llm(), routing])],
    "fail: trace t1: a pinned request to a was routed again",
  ],
  [
    "an unpinned one was not",
    [beside, traced("a", "routed", [llm()])],
    "fail: trace t1: an unpinned request to a has no plano(routing) span",
  ],
  [
    "one of an anchored session was not",
    [first, traced("b", "anchored", [llm("pod-b")])],
    "fail: trace t1: a request of a session to b was not routed, as --pin anchored has it",
  ],
  [
    "another pod is named",
    [beside, traced("a", "pinned", [llm("pod-x")], "pod-a")],
    "fail: trace t1: a was asked, but pod pod-x is named",
  ],
  ["two replicas are one pod", [beside, traced("a", "pinned", [llm("pod-b")])], "fail: replicas b and a are the same pod, pod-b"],
  [
    "one replica is two pods",
    [traced("a", "pinned", [llm("one")]), traced("a", "pinned", [llm("two")])],
    "fail: replica a is more than one pod: one, two",
  ],
  [
    "traces did not arrive",
    [traced("a", "routed", [llm(), routing]), traced("b", "pinned", [])],
    "unknown: 1 of 2 traces were not in Jaeger after 20 s, none from b",
  ],
  ["no pinned request was traced", [traced("a", "routed", [llm(), routing])], "unknown: no pinned request was traced"],
  [
    "traces of known pods name none",
    [traced("a", "pinned", [llm()], "pod-a"), ...healthy],
    /^unknown: .* names no pod: set k8s\.pod\.name in tracing\.span_attributes\.static$/,
  ],
];

describe("traces", () => {
  for (const [name, all, said] of cases) {
    it(`says ${String(said).replace(/\W*(\w+).*/, "$1")} when ${name}`, () => {
      const { verdict, summary } = judgeTraces(all, { sessions: 4, sampled: 4, replicas: ["a", "b"] });
      if (typeof said === "string") assert.equal(`${verdict}: ${summary}`, said);
      else assert.match(`${verdict}: ${summary}`, said);
    });
  }

  it("says that it took a sample of a large run", () => {
    const finding = judgeTraces(healthy, { sessions: 1000, sampled: 16, replicas: ["a", "b"] });
    assert.match(finding.summary, /\(a sample of 16 of 1000 sessions\)$/);
  });
});
