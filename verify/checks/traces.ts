import { Unmeasurable } from "../common/errors";
import { forEachConcurrently } from "../common/pool";
import { pinnedModel, type Exchange, type Session } from "../history";
import { JaegerClient, type Span } from "../jaeger/client";
import type { RunContext } from "../run/context";
import type { Check, Finding, Played } from "./check";

/** First requests were routed, pinned ones were not, and each trace names the pod that was asked. */
export const traces: Check = {
  id: "traces",
  begin: async (run) => {
    const jaeger = new JaegerClient(await run.target.jaegerUrl(), run.signal);
    await jaeger.spans("0".repeat(31) + "1");
    return { conclude: (played) => concludeTraces(run, jaeger, played) };
  },
};

/** Services of a gateway's spans. Source: Plano 0.4.27. */
const llmService = "plano(llm)";
const routingService = "plano(routing)";

/** Resource-like attribute that the gateway's configuration puts on its llm spans. */
const podTag = "k8s.pod.name";

/** Sessions whose traces are looked up: all of a small run, a sample of a large one. */
const sampledSessions = 16;

const limitMs = 20_000;
const intervalMs = 250;

/** A request and its spans. */
export interface Traced {
  readonly exchange: Exchange;
  /** `routed`: no pin was there before; `pinned`: there was one. */
  readonly expected: "routed" | "pinned";
  readonly spans: readonly Span[];
}

async function concludeTraces(run: RunContext, jaeger: JaegerClient, { sessions, choice }: Played): Promise<Finding> {
  const sample = sampleOf(sessions, run.replicas.length);
  const sentinels = await sendSentinels(run, choice.first(0));
  const wanted: Omit<Traced, "spans">[] = [
    ...sentinels.map((exchange) => ({ exchange, expected: "routed" as const })),
    ...sample.flatMap((session) => expectations(session, run.freshnessKnown)),
  ];
  const found = new Map<string, readonly Span[]>();
  const complete = ({ exchange, expected }: Omit<Traced, "spans">): boolean => {
    const spans = found.get(exchange.traceId) ?? [];
    return has(spans, llmService) && (expected === "pinned" || has(spans, routingService));
  };
  run.progress({ phase: "traces: waiting for spans" });
  const deadline = run.clock.now() + limitMs;
  await fetchUntil(wanted.slice(0, sentinels.length));
  // Only now is a missing routing span decisive: the sentinels' spans were sent later by the same exporters.
  await run.clock.sleep(intervalMs, run.signal);
  found.clear();
  await fetchUntil(wanted);
  return judgeTraces(
    wanted.map((one) => ({ ...one, spans: found.get(one.exchange.traceId) ?? [] })),
    { sessions: sessions.length, sampled: sample.length, replicas: run.replicas.map(({ name }) => name) },
  );

  /** Asks for what is not complete until all is, or until it is clear that nothing more will come. */
  async function fetchUntil(all: readonly Omit<Traced, "spans">[]): Promise<void> {
    for (;;) {
      const open = all.filter((one) => !complete(one));
      await forEachConcurrently(open, run.target.connectionsPerReplica, run.signal, async ({ exchange }) => {
        found.set(exchange.traceId, await jaeger.spans(exchange.traceId));
      });
      if (run.signal.aborted) throw new Unmeasurable("interrupted");
      const missing = all.filter((one) => !complete(one));
      if (missing.length === 0 || run.clock.now() >= deadline) return;
      const sentinelsIn = sentinels.every(({ traceId }) => has(found.get(traceId) ?? [], routingService));
      if (sentinelsIn && missing.every(({ exchange }) => has(found.get(exchange.traceId) ?? [], llmService))) return;
      await run.clock.sleep(intervalMs, run.signal);
    }
  }
}

/** A last unpinned request to each replica: once its spans are in Jaeger, those of all earlier requests are too. */
async function sendSentinels(run: RunContext, prompt: string): Promise<Exchange[]> {
  const sentinels = await Promise.all(run.replicas.map((replica) => run.asker.ask({ replica, prompt })));
  for (const { replica, answer } of sentinels) {
    if (answer.kind === "failure") throw new Unmeasurable(`${replica.name} did not answer a last request: ${answer.reason}`);
  }
  return sentinels;
}

/** Sessions in order; enough for every replica to have been asked first and later. */
function sampleOf(sessions: readonly Session[], replicas: number): Session[] {
  return sessions.filter((session) => pinnedModel(session) !== undefined).slice(0, Math.max(sampledSessions, 2 * replicas));
}

/**
 * Requests that were retried are left out: an attempt that seemed lost may have written the pin. So are first requests
 * of sessions that may have been pinned before the run.
 */
function expectations(session: Session, freshnessKnown: boolean): Omit<Traced, "spans">[] {
  return session.exchanges.flatMap((exchange, round) => {
    if (exchange.attempts !== 1 || exchange.answer.kind === "failure") return [];
    if (exchange.answeredAt >= session.pinnedUntil || (round === 0 && !freshnessKnown)) return [];
    return [{ exchange, expected: round === 0 && !session.continued ? "routed" : "pinned" }];
  });
}

function has(spans: readonly Span[], service: string): boolean {
  return spans.some((span) => span.service === service);
}

/** Pure: judges traces whose spans have had the time to arrive. */
export function judgeTraces(
  traced: readonly Traced[],
  of: { readonly sessions: number; readonly sampled: number; readonly replicas: readonly string[] },
): Finding {
  const arrived = traced.filter(({ spans }) => has(spans, llmService));
  const missing = traced.length - arrived.length;
  const problems = [...arrived.flatMap(routingProblem), ...podProblems(arrived)];
  const unseen = of.replicas.filter((name) => !arrived.some(({ exchange }) => exchange.replica.name === name));
  const pods = podsByReplica(arrived);
  const pinnedCount = arrived.filter(({ expected }) => expected === "pinned").length;
  const evidence = {
    sessions: of.sessions,
    sampledSessions: of.sampled,
    traces: arrived.length,
    missingTraces: missing,
    pods: Object.fromEntries([...pods].map(([name, seen]) => [name, [...seen]])),
    problems: problems.slice(0, 20),
    examples: arrived.slice(0, 20).map(({ exchange, expected }) => ({
      traceId: exchange.traceId,
      replica: exchange.replica.name,
      expected,
    })),
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
  const untagged = arrived.find(({ exchange, spans }) => exchange.replica.pod !== undefined && podOf(spans) === undefined);
  if (untagged !== undefined) {
    return found("unknown", `trace ${untagged.exchange.traceId} names no pod: set ${podTag} in tracing.span_attributes.static`);
  }
  const sampled = of.sampled < of.sessions ? ` (a sample of ${of.sampled} of ${of.sessions} sessions)` : "";
  const known = traced.some(({ exchange }) => exchange.replica.pod !== undefined);
  const named = pods.size === 0 ? "" : known ? "; each names the pod that was asked" : "; each replica names a pod of its own";
  return found(
    "pass",
    `${arrived.length - pinnedCount} unpinned requests were routed and ${pinnedCount} pinned ones were not, ` +
      `on all ${of.replicas.length} replicas${named}${sampled}`,
  );
}

function routingProblem({ exchange, expected, spans }: Traced): string[] {
  const trace = `trace ${exchange.traceId}`;
  const routed = has(spans, routingService);
  if (expected === "pinned" && routed) return [`${trace}: a pinned request to ${exchange.replica.name} was routed again`];
  if (expected === "routed" && !routed) {
    return [`${trace}: an unpinned request to ${exchange.replica.name} has no ${routingService} span`];
  }
  return [];
}

function podOf(spans: readonly Span[]): string | undefined {
  const tag = spans.find(({ service, tags }) => service === llmService && tags[podTag] !== undefined)?.tags[podTag];
  return tag === "" ? undefined : tag;
}

function podsByReplica(traced: readonly Traced[]): Map<string, Set<string>> {
  const pods = new Map<string, Set<string>>();
  for (const { exchange, spans } of traced) {
    const pod = podOf(spans);
    if (pod === undefined) continue;
    const seen = pods.get(exchange.replica.name) ?? new Set();
    pods.set(exchange.replica.name, seen.add(pod));
  }
  return pods;
}

/** Where the pod is known it must be named; elsewhere each replica must be one pod, and another than the others. */
function podProblems(traced: readonly Traced[]): string[] {
  const wrong = traced.flatMap(({ exchange, spans }) => {
    const pod = podOf(spans);
    const { name, pod: asked } = exchange.replica;
    if (pod === undefined || asked === undefined || pod === asked) return [];
    return [`trace ${exchange.traceId}: ${name} was asked, but pod ${pod} is named`];
  });
  if (wrong.length > 0) return wrong;
  const pods = podsByReplica(traced);
  const ownerOf = new Map<string, string>();
  const problems: string[] = [];
  for (const [name, seen] of pods) {
    if (seen.size > 1) problems.push(`replica ${name} is more than one pod: ${[...seen].join(", ")}`);
    for (const pod of seen) {
      const owner = ownerOf.get(pod);
      if (owner !== undefined) problems.push(`replicas ${owner} and ${name} are the same pod, ${pod}`);
      ownerOf.set(pod, name);
    }
  }
  return problems;
}
