import { tracesOfRouting } from "../../apis";
import { Unmeasurable } from "../../common/errors";
import { contractOf, termsOf } from "../../contracts";
import { forEachConcurrently } from "../../common/pool";
import { pinnedModel, type Exchange, type Session } from "../../history";
import { JaegerClient, type Span } from "../../jaeger/client";
import type { RunContext } from "../../run/context";
import type { Check, Played } from "../../run/check";
import type { Finding } from "../../report/report";
import { olderPin } from "../../run/judge-session";
import { has, judgeTraces, limitMs, type Expected } from "./judge";

/** First requests were routed, pinned ones were not, and each trace names the pod that was asked. */
export const traces: Check = {
  id: "traces",
  title: "Traces tell the same story",
  begin: async (run) => {
    termsOf(contractOf(run.options), "traces");
    if (run.options.api === "routing") throw new Unmeasurable(tracesOfRouting);
    const jaeger = new JaegerClient(await run.target.jaegerUrl(), run.signal);
    try {
      await jaeger.spans("0".repeat(31) + "1");
    } catch (error) {
      jaeger[Symbol.dispose]();
      throw error;
    }
    const sample: Session[] = [];
    const size = Math.max(sampledSessions, 2 * run.replicas.length);
    return {
      ended: (session) => {
        if (session.index < size && pinnedModel(session) !== undefined) sample.push(session);
      },
      conclude: (played) => concludeTraces(run, jaeger, sample, played),
      [Symbol.asyncDispose]: async () => jaeger[Symbol.dispose](),
    };
  },
};

/** Sessions whose traces are looked up: all of a small run, else enough for every replica to be asked first and later. */
const sampledSessions = 16;

const intervalMs = 250;

async function concludeTraces(
  run: RunContext,
  jaeger: JaegerClient,
  sample: readonly Session[],
  { sessions, choice }: Played,
): Promise<Finding> {
  const contract = contractOf(run.options);
  const terms = termsOf(contract, "traces");
  const sentinels = await sendSentinels(run, choice.first(0));
  const last = sentinels.map((exchange): Expected => ({ exchange, expected: "routed" }));
  const wanted = [...last, ...sample.flatMap((session) => expectations(session, run))];
  const found = new Map<string, readonly Span[]>();
  const spansOf = ({ traceId }: Exchange): readonly Span[] => found.get(traceId) ?? [];
  const isRouted = (exchange: Exchange): boolean => has(spansOf(exchange), terms.routing);
  // Once the sentinels' routing spans are there, no other will come.
  const isOpen = ({ exchange, expected }: Expected): boolean =>
    !has(spansOf(exchange), terms.request) || (expected !== "pinned" && !isRouted(exchange) && !sentinels.every(isRouted));
  run.progress({ phase: "traces: waiting for spans" });
  const deadline = run.clock.now() + limitMs;
  const fetchAll = (all: readonly Expected[]): Promise<void> =>
    fetchSpans(run, jaeger, found, () => all.filter(isOpen).map(({ exchange }) => exchange), deadline);
  await fetchAll(last);
  // Only now is a missing routing span decisive: the sentinels' spans were sent later by the same exporters.
  await run.clock.sleep(intervalMs, run.signal);
  found.clear();
  await fetchAll(wanted);
  const finding = judgeTraces(
    wanted.map((one) => ({ ...one, spans: spansOf(one.exchange) })),
    { sessions: sessions.length, sampled: sample.length, replicas: run.replicas.map(({ name }) => name), contract },
  );
  // A pin of an earlier run that runs out lets a later request be routed.
  if (run.freshnessKnown || finding.verdict !== "fail") return finding;
  return { ...finding, verdict: "unknown", summary: `${finding.summary}; ${olderPin}` };
}

/**
 * Asks for what is open until nothing is, or it is too late, by the run's clock.
 * @param found takes the spans, by trace id
 * @throws Unmeasurable
 */
export async function fetchSpans(
  { clock, signal, target }: RunContext,
  jaeger: JaegerClient,
  found: Map<string, readonly Span[]>,
  open: () => readonly Exchange[],
  deadline: number,
): Promise<void> {
  for (;;) {
    await forEachConcurrently(open(), target.connectionsPerReplica, signal, async ({ traceId }) => {
      found.set(traceId, await jaeger.spans(traceId));
    });
    if (signal.aborted) throw new Unmeasurable("interrupted");
    if (open().length === 0 || clock.now() >= deadline) return;
    await clock.sleep(intervalMs, signal);
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

/** Without requests that were retried: an attempt that seemed lost may have written the pin, as may an earlier run. */
function expectations(session: Session, { freshnessKnown, options }: RunContext): Expected[] {
  const later = contractOf(options).traces?.routed === "every" ? "anchored" : "pinned";
  return session.exchanges.flatMap((exchange, round) => {
    if (exchange.attempts !== 1 || exchange.answer.kind === "failure") return [];
    if (exchange.answeredAt >= session.pinnedUntil || (round === 0 && !freshnessKnown)) return [];
    return [{ exchange, session: session.id, expected: round === 0 && !session.continued ? "routed" : later }];
  });
}
