import { optionFor, otherPlano, termsOf, type Contract, type SpanKind, type TraceTerms } from "../../contracts";
import type { Exchange } from "../../history";
import type { Span } from "../../jaeger/client";
import type { Waterfall } from "../../report/evidence";
import type { Finding } from "../../report/report";

/** Longest wait for spans, in milliseconds. */
export const limitMs = 20_000;

/** Spans that are kept of a request to be drawn. */
const drawnSpans = 30;

export interface Expected {
  readonly exchange: Exchange;
  /** Its id; undefined for a request without a session. */
  readonly session?: string;
  /** `routed`: no pin was there. `pinned`: one was, so that routing is skipped. `anchored`: one that does not skip it. */
  readonly expected: "routed" | "pinned" | "anchored";
}

export interface Traced extends Expected {
  readonly spans: readonly Span[];
}

export function has(spans: readonly Span[], kind: SpanKind): boolean {
  return spans.some((span) => isOf(span, kind));
}

function isOf({ service, operation }: Span, kind: SpanKind): boolean {
  return service === kind.service && (kind.name === undefined || operation === kind.name);
}

/** Pure: judges traces whose spans have had the time to arrive. */
export function judgeTraces(
  traced: readonly Traced[],
  of: {
    readonly sessions: number;
    readonly sampled: number;
    readonly replicas: readonly string[];
    /** It says what traces tell. */
    readonly contract: Contract;
  },
): Finding {
  const { contract } = of;
  const terms = termsOf(contract, "traces");
  const { replicaAttribute: podTag } = terms;
  const arrived = traced.filter(({ spans }) => has(spans, terms.request));
  const missing = traced.length - arrived.length;
  const pods = podsByReplica(arrived, terms);
  const problems = [...arrived.flatMap((it) => routingProblem(it, contract)), ...podProblems(arrived, pods, terms)];
  const unseen = of.replicas.filter((name) => !arrived.some(({ exchange }) => exchange.replica.name === name));
  const pinnedCount = arrived.filter(({ expected }) => expected !== "routed").length;
  const anchored = arrived.some(({ expected }) => expected === "anchored");
  const evidence = {
    sessions: of.sessions,
    sampledSessions: of.sampled,
    traces: arrived.length,
    missingTraces: missing,
    pods: Object.fromEntries([...pods].map(([name, seen]) => [name, [...seen]])),
    problems: problems.slice(0, 20),
    examples: arrived
      .slice(0, 20)
      .map(({ exchange: { traceId, replica }, expected }) => ({ traceId, replica: replica.name, expected })),
    waterfalls: waterfallsOf(arrived, contract),
  };
  const found = (verdict: Finding["verdict"], summary: string): Finding => ({ verdict, summary, evidence });
  if (problems.length > 0) {
    return found("fail", `${problems[0]}${problems.length > 1 ? ` (and ${problems.length - 1} more)` : ""}`);
  }
  if (missing > 0) {
    const where = unseen.length > 0 ? `, none from ${unseen.join(", ")}` : "";
    return found("unknown", `${missing} of ${traced.length} traces were not in Jaeger after ${limitMs / 1000} s${where}`);
  }
  if (pinnedCount === 0) return found("unknown", "no pinned request was traced");
  const untagged = arrived.find(({ exchange, spans }) => exchange.replica.pod !== undefined && podOf(spans, terms) === undefined);
  if (podTag !== undefined && untagged !== undefined) {
    const where = otherPlano(contract) === undefined ? "" : " in tracing.span_attributes.static";
    return found("unknown", `trace ${untagged.exchange.traceId} names no pod: set ${podTag}${where}`);
  }
  const sampled = of.sampled < of.sessions ? ` (a sample of ${of.sampled} of ${of.sessions} sessions)` : "";
  const known = traced.some(({ exchange }) => exchange.replica.pod !== undefined);
  const named = pods.size === 0 ? "" : known ? "; each names the pod that was asked" : "; each replica names a pod of its own";
  return found(
    "pass",
    `${arrived.length - pinnedCount} unpinned requests were routed and ${pinnedCount} ${anchored ? "anchored ones were too" : "pinned ones were not"}, ` +
      `on all ${of.replicas.length} replicas${named}${sampled}`,
  );
}

function routingProblem({ exchange: { traceId, replica }, expected, spans }: Traced, contract: Contract): string[] {
  const { routing } = termsOf(contract, "traces");
  if (has(spans, routing) === (expected !== "pinned")) return [];
  const what = {
    pinned: `a pinned request to ${replica.name} was routed again`,
    anchored: `a request of a session to ${replica.name} was not routed, as ${optionFor(contract)} has it`,
    routed: `an unpinned request to ${replica.name} has no ${routing.service} span${routing.name === undefined ? "" : ` ${routing.name}`}`,
  };
  return [`trace ${traceId}: ${what[expected]}`];
}

/** Pure: the first and a later request of one session; of one that is not as it should be where there is one. */
function waterfallsOf(traced: readonly Traced[], contract: Contract): Waterfall[] {
  const { replicaAttribute = "", routing } = termsOf(contract, "traces");
  const pairs = traced.flatMap((first) => {
    if (first.session === undefined || first.expected !== "routed") return [];
    const later = traced.filter((it) => it.session === first.session && it.expected !== "routed");
    return later.map((it) => [first, it]);
  });
  const pair = pairs.find((both) => both.flatMap((it) => routingProblem(it, contract)).length > 0) ?? pairs[0] ?? [];
  return pair.map(({ exchange: { traceId, replica }, session = "", expected, spans }) => {
    const request = { routed: "first request", pinned: "pinned request", anchored: "later request" }[expected];
    // One without a time has no place in the drawing.
    const sorted = spans.filter(({ startUs }) => startUs > 0).sort((a, b) => a.startUs - b.startUs);
    const drawn = sorted.slice(0, drawnSpans).map(({ service, operation, startUs, durationUs, tags }) => {
      const startMs = (startUs - (sorted[0]?.startUs ?? 0)) / 1000;
      return { service, operation, pod: tags[replicaAttribute] ?? null, startMs, durationMs: durationUs / 1000 };
    });
    const routed = has(spans, routing);
    return { session, request, replica: replica.name, routed, traceId, spans: drawn, spanCount: spans.length };
  });
}

/** The replica that answered, as its span names it; undefined where none does. */
export function podOf(spans: readonly Span[], { request, replicaAttribute = "" }: TraceTerms): string | undefined {
  const named = spans.find((span) => isOf(span, request) && span.tags[replicaAttribute] !== undefined);
  const tag = named?.tags[replicaAttribute];
  return tag === "" ? undefined : tag;
}

function podsByReplica(traced: readonly Traced[], terms: TraceTerms): Map<string, Set<string>> {
  const pods = new Map<string, Set<string>>();
  for (const { exchange, spans } of traced) {
    const pod = podOf(spans, terms);
    if (pod === undefined) continue;
    const seen = pods.get(exchange.replica.name) ?? new Set();
    pods.set(exchange.replica.name, seen.add(pod));
  }
  return pods;
}

/** Where the pod is known it must be named; elsewhere each replica must be one pod, and another than the others. */
function podProblems(traced: readonly Traced[], pods: ReadonlyMap<string, ReadonlySet<string>>, terms: TraceTerms): string[] {
  const wrong = traced.flatMap(({ exchange: { traceId, replica }, spans }) => {
    const pod = podOf(spans, terms) ?? replica.pod;
    if (replica.pod === undefined || pod === replica.pod) return [];
    return [`trace ${traceId}: ${replica.name} was asked, but pod ${pod} is named`];
  });
  if (wrong.length > 0) return wrong;
  return [...pods].flatMap(([name, seen], i) => {
    const several = seen.size > 1 ? [`replica ${name} is more than one pod: ${[...seen].join(", ")}`] : [];
    const others = [...pods].slice(0, i);
    const shared = [...seen].flatMap((pod) => {
      const owner = others.find(([, own]) => own.has(pod))?.[0];
      return owner === undefined ? [] : [`replicas ${owner} and ${name} are the same pod, ${pod}`];
    });
    return [...several, ...shared];
  });
}
