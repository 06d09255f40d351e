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

function judge(...all: readonly Traced[]) {
  return judgeTraces(all, { sessions: 4, sampled: 4, replicas: ["a", "b"] });
}

const healthy = [traced("a", "routed", [llm("pod-a"), routing], "pod-a"), traced("b", "pinned", [llm("pod-b")], "pod-b")];

describe("traces", () => {
  it("passes when unpinned requests were routed, pinned ones were not, and each names its pod", () => {
    const finding = judge(...healthy);
    assert.equal(finding.verdict, "pass");
    assert.equal(
      finding.summary,
      "1 unpinned requests were routed and 1 pinned ones were not, on all 2 replicas; each names the pod that was asked",
    );
  });

  it("says that it took a sample of a large run", () => {
    const finding = judgeTraces(healthy, { sessions: 1000, sampled: 16, replicas: ["a", "b"] });
    assert.match(finding.summary, /\(a sample of 16 of 1000 sessions\)$/);
  });

  const failures: readonly [string, Traced, string][] = [
    ["a pinned request was routed", traced("a", "pinned", [llm(), routing]), "trace t1: a pinned request to a was routed again"],
    ["an unpinned one was not", traced("a", "routed", [llm()]), "trace t1: an unpinned request to a has no plano(routing) span"],
    ["another pod is named", traced("a", "pinned", [llm("pod-x")], "pod-a"), "trace t1: a was asked, but pod pod-x is named"],
    ["two replicas are one pod", traced("a", "pinned", [llm("pod-b")]), "replicas b and a are the same pod, pod-b"],
  ];
  for (const [name, one, message] of failures) {
    it(`fails when ${name}`, () => {
      const finding = judge(traced("b", "routed", [llm("pod-b"), routing]), one);
      assert.deepEqual([finding.verdict, finding.summary], ["fail", message]);
    });
  }

  it("passes when requests of anchored sessions were routed too, and fails when one was not", () => {
    const first = traced("a", "routed", [llm("pod-a"), routing]);
    const finding = judge(first, traced("b", "anchored", [llm("pod-b"), routing]));
    assert.equal(finding.verdict, "pass");
    assert.match(finding.summary, /^1 unpinned requests were routed and 1 anchored ones were too, on all 2 replicas/);
    const skipped = judge(first, traced("b", "anchored", [llm("pod-b")]));
    const message = "trace t1: a request of a session to b was not routed, as --pin anchored has it";
    assert.deepEqual([skipped.verdict, skipped.summary], ["fail", message]);
  });

  it("fails when one replica is two pods", () => {
    const finding = judge(traced("a", "pinned", [llm("one")]), traced("a", "pinned", [llm("two")]));
    assert.deepEqual([finding.verdict, finding.summary], ["fail", "replica a is more than one pod: one, two"]);
  });

  it("is unknown when traces did not arrive, and names the replica", () => {
    const finding = judge(traced("a", "routed", [llm(), routing]), traced("b", "pinned", []));
    assert.deepEqual([finding.verdict, finding.summary], ["unknown", "1 of 2 traces were not in Jaeger after 20 s, none from b"]);
  });

  it("is unknown when no pinned request was traced", () => {
    assert.deepEqual(
      [judge(traced("a", "routed", [llm(), routing])).verdict, judge(traced("a", "routed", [llm(), routing])).summary],
      ["unknown", "no pinned request was traced"],
    );
  });

  it("is unknown when traces of known pods name none", () => {
    const finding = judge(traced("a", "pinned", [llm()], "pod-a"), ...healthy);
    assert.equal(finding.verdict, "unknown");
    assert.match(finding.summary, /names no pod: set k8s\.pod\.name in tracing\.span_attributes\.static$/);
  });

  it("does not ask named replicas for pods", () => {
    const finding = judge(traced("a", "routed", [llm(), routing]), traced("b", "pinned", [llm()]));
    assert.equal(finding.verdict, "pass");
  });
});
