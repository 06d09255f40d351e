import assert from "node:assert/strict";
import { contracts } from "../../contracts";
import { judgeTraces, type Traced } from "./judge";
import type { Waterfall } from "../../report/evidence";
import { assertSays, exchangeOf } from "../../testing/samples";

/**
 * Requests as text, parted by `;`: the replica, with its pod behind an `@` where that is known, what is expected, and the
 * spans: `llm`, with the pod that it names behind `=`, and `routing`.
 */
function traced(rows: string): Traced[] {
  return rows.split(";").map((row) => {
    const [to = "", expected, ...spans] = row.trim().split(" ");
    const [name = "", pod] = to.split("@");
    const exchange = exchangeOf(`${name} quick small`, { replica: { name, url: "http://x.test", pod }, traceId: "t1" });
    const spanOf = (span: string): Traced["spans"][number] => {
      const [service, named] = span.split("=");
      const times = { startUs: service === "routing" ? 5_000_250 : 5_000_000, durationUs: 1_500 };
      const tags: Record<string, string> = named === undefined ? {} : { "k8s.pod.name": named };
      return { service: `plano(${service})`, operation: "asked", ...times, tags };
    };
    return { exchange, expected: expected as Traced["expected"], spans: spans.map(spanOf) };
  });
}

const run = { sessions: 4, sampled: 4, replicas: ["a", "b"], contract: contracts.plano };
const first = "a@pod-a routed llm=pod-a routing";
const healthy = `${first}; b@pod-b pinned llm=pod-b`;
const anchored = `${first}; b anchored llm=pod-b routing`;
const beside = "b routed llm=pod-b routing";

const cases: readonly [rows: string, said: string | RegExp][] = [
  [
    healthy,
    "pass: 1 unpinned requests were routed and 1 pinned ones were not, on all 2 replicas; each names the pod that was asked",
  ],
  [anchored, /^pass: 1 unpinned requests were routed and 1 anchored ones were too, on all 2 replicas/],
  // Named replicas tell no pod.
  ["a routed llm routing; b pinned llm", /^pass: /],
  [`${beside}; a pinned llm routing`, "fail: trace t1: a pinned request to a was routed again"],
  [`${beside}; a routed llm`, "fail: trace t1: an unpinned request to a has no plano(routing) span"],
  [anchored.replace(/ routing$/, ""), "fail: trace t1: a request of a session to b was not routed, as --pin anchored has it"],
  [`${beside}; a@pod-a pinned llm=pod-x`, "fail: trace t1: a was asked, but pod pod-x is named"],
  [`${beside}; a pinned llm=pod-b`, "fail: replicas b and a are the same pod, pod-b"],
  ["a pinned llm=one; a pinned llm=two", "fail: replica a is more than one pod: one, two"],
  ["a routed llm routing; b pinned", "unknown: 1 of 2 traces were not in Jaeger after 20 s, none from b"],
  ["a routed llm routing", "unknown: no pinned request was traced"],
  [`a@pod-a pinned llm; ${healthy}`, /^unknown: .* names no pod: set k8s\.pod\.name in tracing\.span_attributes\.static$/],
];

describe("traces", () => {
  for (const [rows, said] of cases) {
    it(`says ${String(said)}`, () => {
      const contract = contracts[rows.includes("anchored") ? "plano-anchored" : "plano"];
      assertSays(judgeTraces(traced(rows), { ...run, contract }), said);
    });
  }

  it("knows spans of another contract by their names, and needs none to name a replica", () => {
    const kinds = { request: { service: "plano(llm)" }, routing: { service: "plano(llm)", name: "route" } };
    const contract = { name: "own", sessionHeader: "x-session", traces: kinds };
    const route = { service: "plano(llm)", operation: "route", startUs: 1, durationUs: 1, tags: {} };
    const [first, later] = traced("a@pod-a routed llm; b@pod-b pinned llm") as [Traced, Traced];
    const routed = { ...first, spans: [...first.spans, route] };
    const judge = (...all: readonly Traced[]) => judgeTraces(all, { ...run, contract });
    const passed = "pass: 1 unpinned requests were routed and 1 pinned ones were not, on all 2 replicas";
    assertSays(judge(routed, later), passed);
    assertSays(judge(first, later), /^fail: trace t1: an unpinned request to a has no plano\(llm\) span route/);
  });

  it("says that it took a sample of a large run", () => {
    const finding = judgeTraces(traced(healthy), { ...run, sessions: 1000, sampled: 16 });
    assert.match(finding.summary, /\(a sample of 16 of 1000 sessions\)$/);
  });

  describe("keep to be drawn", () => {
    const kept = (rows: string): readonly Waterfall[] => {
      const ofOneSession = traced(rows).map((it) => ({ ...it, session: "s" }));
      return judgeTraces(ofOneSession, run).evidence["waterfalls"] as unknown as readonly Waterfall[];
    };

    it("the first and a pinned request of a session, with times since the first span began", () => {
      const [first, pinned, ...others] = kept("a@pod-a routed routing llm=pod-a; b@pod-b pinned llm=pod-b");
      const llm = (pod: string) => ({ service: "plano(llm)", operation: "asked", pod, startMs: 0, durationMs: 1.5 });
      const routing = { service: "plano(routing)", operation: "asked", pod: null, startMs: 0.25, durationMs: 1.5 };
      const ids = { session: "s", traceId: "t1" };
      const routed = { request: "first request", replica: "a", routed: true, spans: [llm("pod-a"), routing], spanCount: 2 };
      const held = { request: "pinned request", replica: "b", routed: false, spans: [llm("pod-b")], spanCount: 1 };
      assert.deepEqual([first, pinned, others], [{ ...ids, ...routed }, { ...ids, ...held }, []]);
    });

    it("one that is not as it should be, if any is, and of very many spans the first", () => {
      const [, shown] = kept(`${first}; b@pod-b pinned llm=pod-b; a@pod-a pinned llm=pod-a routing${" more".repeat(40)}`);
      assert.deepEqual([shown?.replica, shown?.routed, shown?.spans.length, shown?.spanCount], ["a", true, 30, 42]);
    });

    it("nothing without a later request", () => assert.deepEqual(kept(first), []));
  });
});
