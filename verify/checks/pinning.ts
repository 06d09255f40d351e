import { pinnedModel, type Session } from "../history";
import type { Finding, Json, Verdict } from "../report/report";
import type { Check } from "../run/check";
import type { RunContext } from "../run/context";
import { isCutOff, seemsContinued, type SessionJudgement } from "../run/judge-session";
import { sessionsNeeded, type PromptChoice } from "../run/plan";
import { oddsAgainstLuck } from "../run/session-targets";
import type { Targets } from "../run/survey";

/** Every session keeps one model on every replica, although its follow-ups would be routed elsewhere unpinned. */
export const pinning: Check = {
  id: "pinning",
  title: "Sessions keep their model on every replica",
  alwaysBegun: true,
  begin: async (run) => {
    const tally = new PinningTally();
    return {
      ended: (session, judgement, choice) => tally.add(session, judgement, choice),
      conclude: async ({ survey }) => {
        const { evidence, ...judged } = tally.conclude(run, survey.targets);
        return { ...judged, evidence: { ...evidence, latencies: run.asker.log.latencies() } };
      },
    };
  },
};

/** Sessions that have something in common, and what is said of the first of them. */
class Group {
  count = 0;
  first = "";

  add(why: string): void {
    if (this.count++ === 0) this.first = why;
  }

  /** Of the first, and how many more there are in this group or another. */
  summary({ count }: Group = this): string {
    return `${this.first}${count > 1 ? ` (and ${count - 1} more sessions)` : ""}`;
  }
}

/** Sessions whose exchanges are kept as evidence. */
const shownProblems = 20;

/** Counts judged sessions one by one, so that none of them need be kept, and judges the run by the counts. */
export class PinningTally {
  readonly #reads = new Map<string, number>();
  readonly #models = new Set<string>();
  readonly #failed = new Group();
  readonly #untested = new Group();
  readonly #doubtful = new Group();
  readonly #cutOff = new Group();
  readonly #problems: Json[] = [];
  #sessions = 0;
  #flagged = 0;
  #seemingly = 0;

  add(session: Session, { verdict, why = "", pairs, isDoubtful }: SessionJudgement, choice: PromptChoice): void {
    this.#sessions++;
    if (session.continued) this.#flagged++;
    if (seemsContinued(session, choice)) this.#seemingly++;
    const pinned = pinnedModel(session);
    if (pinned !== undefined) this.#models.add(pinned);
    for (const [writer, reader] of pairs) {
      const pair = `${writer} → ${reader}`;
      this.#reads.set(pair, (this.#reads.get(pair) ?? 0) + 1);
    }
    if (verdict === "pass") return;
    (verdict === "fail" ? this.#failed : this.#untested).add(why);
    if (isDoubtful === true) this.#doubtful.add(why);
    if (verdict === "unknown" && isCutOff(session)) this.#cutOff.add(why);
    if (this.#problems.length < shownProblems) this.#problems.push({ why, exchanges: exchangesOf(session) });
  }

  /**
   * @param targets of a gateway that routes by session
   * @param everyPair whether every ordered pair must be covered; otherwise they are counted
   */
  conclude(
    { replicas, options, freshnessKnown }: Pick<RunContext, "replicas" | "options" | "freshnessKnown">,
    targets?: Targets,
    everyPair = true,
  ): Finding {
    const names = replicas.map(({ name }) => name);
    const pairs = names.flatMap((writer) => names.filter((reader) => reader !== writer).map((reader) => `${writer} → ${reader}`));
    const missing = pairs.filter((pair) => !this.#reads.has(pair));
    const continued = freshnessKnown ? this.#flagged : this.#seemingly;
    const sessions = this.#sessions;
    const [failed, doubtful, untested, cutOff] = [this.#failed, this.#doubtful, this.#untested, this.#cutOff];
    const luck = targets && oddsAgainstLuck(targets, sessions - untested.count - failed.count);
    const evidence = {
      ...(luck && { oddsAgainstLuck: luck.odds }),
      adversarialReads: Object.fromEntries(this.#reads),
      missingPairs: missing,
      models: [...this.#models].sort(),
      continuedSessions: continued,
      problems: this.#problems,
    };
    const found = (verdict: Verdict, summary: string): Finding => ({ verdict, summary, evidence });

    if (failed.count > 0) return found("fail", failed.summary());
    if (doubtful.count > 0) return found("unknown", doubtful.summary());
    if (sessions === 0) return found("unknown", "no session was played");
    if (cutOff.count > 0 && options.maxFailedRequests === 0) return found("unknown", cutOff.summary(untested));
    if (untested.count * 2 > sessions) {
      return found("unknown", `${untested.count} of ${sessions} sessions were not tested, e.g. ${untested.first}`);
    }
    if (continued > 0 && !freshnessKnown) {
      return found(
        "unknown",
        `${continued} of ${sessions} sessions seem to be pinned from an earlier run and there is no Redis to tell: ` +
          "use another --session-prefix, or let Redis be inspected",
      );
    }
    if (missing.length > 0 && everyPair) {
      const needed = sessionsNeeded(names.length, options.rounds);
      const remedy = needed > sessions ? `; use --sessions ${needed} or more` : "";
      const listed = `${missing.slice(0, 6).join(", ")}${missing.length > 6 ? ", …" : ""}`;
      return found("unknown", `not covered (writer → reader): ${listed}${remedy}`);
    }
    if (luck !== undefined && luck.lacking > 1) {
      const remedy = `use --sessions ${Math.ceil(sessions * luck.lacking)}`;
      return found("unknown", `too few sessions: replicas without shared affinity pass by luck in ${luck.inWords}; ${remedy}`);
    }
    if (this.#models.size < 2) {
      return found("unknown", `every session got ${[...this.#models].join()}, so all of them may share one pin`);
    }
    const covered = everyPair ? pairs.length : `${pairs.length - missing.length} of ${pairs.length}`;
    const reads = [...this.#reads.values()].reduce((sum, n) => sum + n, 0);
    const why =
      luck === undefined
        ? `, against ${reads} prompts that unpinned routing sends elsewhere`
        : `; without shared affinity they would by luck in less than ${luck.inWords}`;
    return found(
      "pass",
      `${sessions - untested.count} of ${sessions} sessions kept their model over ${covered} ordered pairs of ${names.length} replicas${why}` +
        (continued > 0 ? `; ${continued} were pinned before this run` : "") +
        (untested.count > 0 ? `; ${untested.count} were not tested` : ""),
    );
  }
}

function exchangesOf({ exchanges }: Session): Json {
  const start = exchanges[0]?.sentAt ?? 0;
  return exchanges.map(({ replica, prompt, traceId, sentAt, answeredAt, attempts, answer }) => ({
    replica: replica.name,
    prompt,
    answer: answer.kind === "model" ? answer.model : answer.reason,
    traceId,
    attempts,
    sentMs: Math.round(sentAt - start),
    answeredMs: Math.round(answeredAt - start),
  }));
}
