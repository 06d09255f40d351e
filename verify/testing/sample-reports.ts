import type { CheckReport, Json, Report, SessionReport, Verdict } from "../report/report";

export const models = ["openai/gpt-4o-mini", "openai/gpt-5.2"] as const;
export const pods = ["f565x", "xw6vs", "9q2lm"].map((end) => `plano-5b86d68df7-${end}`);

export function checkOf(id: string, verdict: Verdict, summary: string, evidence: CheckReport["evidence"] = {}): CheckReport {
  return { id, verdict, summary, durationMs: 12, evidence };
}

/** A session: who was asked, in order, and what each answered; as text `a small; b -`, where `-` is no answer. */
export function sessionOf(
  id: string,
  verdict: Verdict,
  answers: string | readonly (readonly [replica: string, model: string | null])[],
  more: Partial<SessionReport> = {},
): SessionReport {
  const read = (row: string): readonly [replica: string, model: string | null] => {
    const [replica = "", model = "-"] = row.split(" ");
    return [replica, model === "-" ? null : model];
  };
  const rows = typeof answers === "string" ? answers.split("; ").filter(Boolean).map(read) : answers;
  return {
    id,
    verdict,
    model: rows[0]?.[1] ?? null,
    route: "fast_responses",
    models: rows.map(([, model]) => model),
    replicas: rows.map(([replica]) => replica),
    ttlSeconds: 599.9,
    ...more,
  };
}

/** Sessions that keep their model, with writer and readers in turn. */
export function goodSessions(count: number, replicas = pods, prefix = "8f511022-", more: Partial<SessionReport> = {}) {
  return Array.from({ length: count }, (_, i) => {
    const answers = [0, 1, 2, 1].map((step) => [replicas[(i + step) % replicas.length] ?? "", models[i % 2] ?? null] as const);
    return sessionOf(`${prefix}${String(i + 1).padStart(3, "0")}`, "pass", answers, more);
  });
}

export function reportOf(overrides: Partial<Report> = {}): Report {
  return {
    schema: "plano-affinity/report/v1",
    verdict: "pass",
    reason: null,
    startedAt: "2026-01-31T12:00:00.123Z",
    durationMs: 1_530,
    target: "kubernetes namespace plano-demo, selector app=plano",
    replicas: pods.map((name, i) => ({ name, url: `http://10.244.0.${i + 5}:12000` })),
    checks: [
      checkOf("control", "pass", "16 prompts without the header were routed to 2 models", {
        models: [...models],
        prompts: [{ prompt: "What is the capital of France?", model: models[0], answers: [{ replica: "a", model: models[0] }] }],
      }),
      checkOf("pinning", "pass", "12 of 12 sessions kept their model over 6 ordered pairs of 3 replicas", {
        adversarialReads: { "f565x → xw6vs": 12 },
        latencies: pods.map((pod, i) => latenciesOf(pod, 36 + i)),
      }),
      checkOf("redis", "pass", "12 of 12 pins: each names the model served"),
    ],
    sessions: goodSessions(12),
    requests: { total: 97, failed: 0, p50Ms: 12.4, p99Ms: 48.1 },
    ...overrides,
  };
}

export function latenciesOf(replica: string, count: number): Json {
  return { replica, count, p50Ms: 8.2, p90Ms: 14, p99Ms: 19.5, maxMs: 31 };
}

/** An event of the checks `faults` and `scale`, in milliseconds since the check began. */
export function eventOf(title: string, times: readonly [number, number | null, number | null, number], verdict: Verdict): Json {
  const [startedMs, landedMs, recoveredMs, endedMs] = times;
  return {
    id: title.toLowerCase().replaceAll(" ", "-"),
    title,
    target: "pod redis-0",
    startedMs,
    landedMs,
    recoveredMs,
    endedMs,
    verdict,
    proof: "UID 4b6f is gone",
    requests: { total: 1_204, lost: 3, misrouted: 64 },
    summary: "old pins hold",
  };
}

/** A first request that was routed, and a later one, answered by the second pod, that was not. */
export function waterfallsOf(session: string, [writer = "", reader = ""]: readonly string[] = pods): Json {
  const spanOf = (service: string, operation: string, pod: string | null, startMs: number, durationMs: number): Json => {
    return { service, operation, pod, startMs, durationMs };
  };
  const llm = "POST /v1/chat/completions openai/gpt-4o-mini";
  const first = { request: "first request", replica: writer, routed: true, traceId: "0af7651916cd43dd8448eb211c80319c" };
  const pinned = { request: "pinned request", replica: reader, routed: false, traceId: "4bf92f3577b34da6a3ce929d0e0e4736" };
  return [
    {
      ...{ ...first, session, spanCount: 2 },
      spans: [spanOf("plano(llm)", llm, writer, 0, 100), spanOf("plano(routing)", "routing", null, 10, 60)],
    },
    { ...pinned, session, spanCount: 31, spans: [spanOf("plano(llm)", llm, reader, 0, 25)] },
  ];
}

/** Two sessions got different answers from two replicas, and one could not be played to its end. */
export function failedReport(): Report {
  const [a = "", b = "", c = ""] = pods;
  const [mini, large] = models;
  const why = `8f511022-013: ${b} answered ${large} in round 2, although ${a} had answered ${mini} in round 1`;
  return reportOf({
    verdict: "fail",
    reason: `pinning: ${why}`,
    checks: [
      checkOf("control", "pass", "16 prompts without the header were routed to 2 models"),
      checkOf("pinning", "fail", why, {
        problems: [
          { why },
          { why: `8f511022-014: round 2 was not answered by ${c}` },
          { why: `8f511022-015: ${a} answered ${mini} in round 2, although ${b} had answered ${large} in round 1` },
        ],
      }),
      checkOf("traces", "unknown", "Jaeger at 127.0.0.1:16686 refused the connection"),
    ],
    sessions: [
      ...goodSessions(12),
      sessionOf("8f511022-013", "fail", `${a} ${mini}; ${b} ${large}; ${b} ${large}; ${c} ${mini}`),
      sessionOf("8f511022-014", "unknown", `${a} ${mini}; ${c} -`),
      sessionOf("8f511022-015", "fail", `${b} ${large}; ${a} ${mini}`),
    ],
  });
}

/** Nothing could be measured: one replica, no session. */
export function emptyReport(): Report {
  const reason = "affinity needs two replicas or more, and there is only one, plano-5b86d68df7-f565x";
  return reportOf({
    verdict: "unknown",
    reason,
    durationMs: 412,
    replicas: [{ name: "plano-5b86d68df7-f565x", url: "http://127.0.0.1:44625" }],
    checks: ["control", "pinning", "redis", "traces"].map((id) => ({ ...checkOf(id, "unknown", reason), durationMs: 0 })),
    sessions: [],
    requests: { total: 0, failed: 0, p50Ms: null, p99Ms: null },
  });
}

/** A smoke test through a load balancer: its exit code is 0, its verdict unknown. */
export function smokeReport(): Report {
  return reportOf({
    verdict: "unknown",
    reason: "a smoke test proves nothing about replicas",
    target: "url http://gateway.test",
    replicas: [{ name: "url", url: "http://gateway.test" }],
    checks: [checkOf("smoke", "pass", "all 8 requests were answered, by openai/gpt-4o-mini")],
    sessions: goodSessions(2, ["url"], "8f511022-", { verdict: "unknown", route: null, ttlSeconds: null }),
  });
}

/** A run of very many sessions, of which some failed and some are unknown. */
export function hugeReport(count: number, failed: number, unknown: number): Report {
  const sessions = goodSessions(count).map((session, i): SessionReport => {
    const at = count - 1 - i;
    return { ...session, verdict: at < failed ? "fail" : at < failed + unknown ? "unknown" : "pass" };
  });
  return reportOf({ verdict: failed > 0 ? "fail" : "pass", reason: failed > 0 ? "pinning: broken" : null, sessions });
}
