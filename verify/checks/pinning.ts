import { pinnedModel, type Session } from "../history";
import type { Verdict } from "../report/report";
import type { RunContext } from "../run/context";
import { sessionsNeeded, type PromptChoice } from "../run/plan";
import type { Check, Finding, Played } from "./check";

/** Every session keeps one model on every replica, although its follow-ups would be routed elsewhere unpinned. */
export const pinning: Check = {
  id: "pinning",
  begin: async (run) => ({ conclude: async (played) => judgePinning(run, played) }),
};

/** Where a session broke its pin, or why it shows nothing. */
export interface SessionJudgement {
  readonly verdict: Verdict;
  /** Undefined when it passed. */
  readonly why?: string;
  /** Ordered pairs of replica names, writer and reader, that the session shows to agree. */
  readonly pairs: readonly (readonly [string, string])[];
}

/** Pure: judges one session by its exchanges. */
export function judgeSession(session: Session, choice: PromptChoice): SessionJudgement {
  const [first, ...followUps] = session.exchanges;
  const pinned = pinnedModel(session);
  if (first === undefined) return { verdict: "unknown", why: `${session.id} was not played`, pairs: [] };
  if (pinned === undefined) {
    return { verdict: "unknown", why: `${session.id}: ${unanswered(session)}`, pairs: [] };
  }
  const pairs: (readonly [string, string])[] = [];
  for (const [k, { replica, answer, answeredAt, prompt }] of followUps.entries()) {
    if (answer.kind === "failure" || answeredAt >= session.pinnedUntil) continue;
    if (answer.model !== pinned) {
      const why =
        `${session.id}: ${replica.name} answered ${answer.model} in round ${k + 2}, ` +
        `although ${first.replica.name} had answered ${pinned} in round 1`;
      return { verdict: "fail", why, pairs: [] };
    }
    const elsewhere = choice.modelOf(prompt);
    if (elsewhere !== undefined && elsewhere !== pinned) pairs.push([first.replica.name, replica.name]);
  }
  if (session.exchanges.some(({ answer }) => answer.kind === "failure")) {
    return { verdict: "unknown", why: `${session.id}: ${unanswered(session)}`, pairs };
  }
  if (pairs.length > 0) return { verdict: "pass", pairs };
  const outlived = followUps.some(({ answeredAt }) => answeredAt >= session.pinnedUntil);
  const why = outlived ? "its pin may have run out before it was read" : "no follow-up would have been routed elsewhere";
  return { verdict: "unknown", why: `${session.id} was not tested: ${why}`, pairs };
}

function unanswered(session: Session): string {
  const at = session.exchanges.findIndex(({ answer }) => answer.kind === "failure");
  const exchange = session.exchanges[at];
  if (exchange?.answer.kind !== "failure") return "not answered";
  return `round ${at + 1} was not answered by ${exchange.replica.name}: ${exchange.answer.reason}`;
}

/** Pure: judges the run. */
export function judgePinning(
  run: Pick<RunContext, "replicas" | "options" | "freshnessKnown">,
  { sessions, choice }: Played,
): Finding {
  const judged = sessions.map((session) => ({ session, ...judgeSession(session, choice) }));
  const failed = judged.filter(({ verdict }) => verdict === "fail");
  const untested = judged.filter(({ verdict }) => verdict === "unknown");
  const models = new Set(sessions.flatMap((session) => pinnedModel(session) ?? []));
  const reads = new Map<string, number>();
  for (const [writer, reader] of judged.flatMap(({ pairs }) => pairs)) {
    const pair = `${writer} → ${reader}`;
    reads.set(pair, (reads.get(pair) ?? 0) + 1);
  }
  const names = run.replicas.map(({ name }) => name);
  const pairs = names.flatMap((writer) => names.filter((reader) => reader !== writer).map((reader) => `${writer} → ${reader}`));
  const missing = pairs.filter((pair) => !reads.has(pair));
  const continued = sessions.filter((session) => isContinued(session, choice, run.freshnessKnown)).length;

  const evidence = {
    adversarialReads: Object.fromEntries(reads),
    missingPairs: missing,
    models: [...models].sort(),
    continuedSessions: continued,
    problems: [...failed, ...untested].slice(0, 20).map(({ why }) => why ?? ""),
  };
  const found = (verdict: Verdict, summary: string): Finding => ({ verdict, summary, evidence });
  const andMore = (count: number): string => (count > 1 ? ` (and ${count - 1} more sessions)` : "");

  if (failed.length > 0) return found("fail", `${failed[0]?.why}${andMore(failed.length)}`);
  if (sessions.length === 0) return found("unknown", "no session was played");
  const broken = untested.filter(({ session }) => session.exchanges.some(({ answer }) => answer.kind === "failure"));
  if (broken.length > 0) return found("unknown", `${broken[0]?.why}${andMore(broken.length)}`);
  if (untested.length * 2 > sessions.length) {
    return found("unknown", `${untested.length} of ${sessions.length} sessions were not tested, e.g. ${untested[0]?.why}`);
  }
  if (continued > 0 && !run.freshnessKnown) {
    return found(
      "unknown",
      `${continued} of ${sessions.length} sessions seem to be pinned from an earlier run and there is no Redis to tell: ` +
        "use another --session-prefix, or let Redis be inspected",
    );
  }
  if (missing.length > 0) {
    const needed = sessionsNeeded(names.length, run.options.rounds);
    const remedy = needed > sessions.length ? `; use --sessions ${needed} or more` : "";
    return found(
      "unknown",
      `not covered (writer → reader): ${missing.slice(0, 6).join(", ")}${missing.length > 6 ? ", …" : ""}${remedy}`,
    );
  }
  if (models.size < 2) {
    return found("unknown", `every session got ${[...models].join()}, so all of them may share one pin`);
  }
  return found(
    "pass",
    `${sessions.length - untested.length} of ${sessions.length} sessions kept their model over ${pairs.length} ordered pairs of ${names.length} replicas, ` +
      `against ${[...reads.values()].reduce((sum, n) => sum + n, 0)} prompts that unpinned routing sends elsewhere` +
      (continued > 0 ? `; ${continued} were pinned before this run` : "") +
      (untested.length > 0 ? `; ${untested.length} were not tested` : ""),
  );
}

/** Without a look into Redis, a first answer that unpinned routing would not give betrays an older pin. */
function isContinued(session: Session, choice: PromptChoice, known: boolean): boolean {
  if (known) return session.continued;
  const [first] = session.exchanges;
  const expected = first === undefined ? undefined : choice.modelOf(first.prompt);
  const pinned = pinnedModel(session);
  return expected !== undefined && pinned !== undefined && pinned !== expected;
}
