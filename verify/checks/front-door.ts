import { Unmeasurable } from "../common/errors";
import { contractOf, needPrompts, termsOf } from "../contracts";
import { pinnedModel, type Exchange, type Replica, type Session } from "../history";
import { JaegerClient, type Span } from "../jaeger/client";
import type { Finding, Verdict } from "../report/report";
import type { Check, Played } from "../run/check";
import type { RunContext } from "../run/context";
import { isCutOff, judgeSession, type SessionJudgement } from "../run/judge-session";
import type { PromptChoice } from "../run/plan";
import { PinningTally } from "./pinning";
import { fetchSpans } from "./traces";
import { limitMs, podOf } from "./traces/judge";

/** Sessions keep their model through a load balancer, on whichever replicas it chooses. */
export const frontDoor: Check = {
  id: "front-door",
  title: "Sessions hold through the load balancer",
  begin: async (run) => {
    const contract = contractOf(run.options);
    needPrompts(contract);
    const isTraced = contract.replicaHeader === undefined;
    if (isTraced && termsOf(contract, "traces").replicaAttribute === undefined)
      throw new Unmeasurable(`the contract ${contract.name} has neither traces.replicaAttribute nor replicaHeader`);
    const jaeger = isTraced ? new JaegerClient(await run.target.jaegerUrl(), run.signal) : undefined;
    const ended: Session[] = [];
    // In step with each other, sessions might meet the same replicas again and again.
    const pause = (): Promise<void> => run.clock.sleep(1 + Math.random() * 10, run.signal);
    return {
      firstAnswered: pause,
      lastRoundStarting: pause,
      ended: (session) => void ended.push(session),
      conclude: (played) => concludeFrontDoor(run, jaeger, ended, played),
      [Symbol.asyncDispose]: async () => jaeger?.[Symbol.dispose](),
    };
  },
};

/** Sessions that are played where fewer do not do: with two to five replicas chance spoils one of five million default runs. */
const mostPlayed = 80;

/** So many later requests do not all meet the replica of the first one by chance. */
const decisiveReads = 20;

/** Plays as many sessions again while they may show what is missing. */
async function concludeFrontDoor(
  run: RunContext,
  jaeger: JaegerClient | undefined,
  ended: Session[],
  { choice, sessions, playTo }: Played,
): Promise<Finding> {
  const tally = new FrontDoorTally(run);
  for (;;) {
    const those = ended.splice(0);
    await nameReplicas(run, jaeger, those);
    for (const session of those) {
      Object.assign(sessions[session.index] ?? {}, { replicas: session.exchanges.map(({ replica }) => replica.name) });
      tally.add(session, judgeSession(session, choice, run.freshnessKnown), choice);
    }
    const { isOpen, ...finding } = tally.conclude();
    if (!isOpen || sessions.length >= mostPlayed || run.signal.aborted) {
      run.target.behind?.push(...tally.replicas);
      return { ...finding, evidence: { ...finding.evidence, latencies: run.asker.log.latencies() } };
    }
    await playTo(Math.min(2 * sessions.length, mostPlayed));
  }
}

/** Puts the replica that answered in place of the load balancer, where the contract's header or the trace tells. */
async function nameReplicas(run: RunContext, jaeger: JaegerClient | undefined, sessions: readonly Session[]): Promise<void> {
  const { traces } = contractOf(run.options);
  const found = new Map<string, readonly Span[]>();
  const nameOf = ({ answer, traceId }: Exchange): string | undefined => {
    if (answer.kind === "failure") return undefined;
    return traces === undefined || jaeger === undefined ? answer.replica : podOf(found.get(traceId) ?? [], traces);
  };
  const isOpen = (exchange: Exchange): boolean => exchange.answer.kind === "model" && nameOf(exchange) === undefined;
  const open = (): Exchange[] => sessions.flatMap(({ exchanges }) => exchanges.filter(isOpen));
  run.progress({ phase: "front door: looking up which replicas answered" });
  if (jaeger !== undefined) await fetchSpans(run, jaeger, found, open, run.clock.now() + limitMs);
  for (const { exchanges } of sessions) {
    for (const [i, exchange] of exchanges.entries()) {
      // An attempt that seemed lost may have made the pin, on another replica.
      const name = exchange.attempts > 1 ? undefined : nameOf(exchange);
      if (name !== undefined) exchanges[i] = { ...exchange, replica: { ...exchange.replica, name } };
    }
  }
}

/** Counts sessions that went through a load balancer, and judges the run by the counts. */
export class FrontDoorTally {
  readonly #pinning = new PinningTally();
  readonly #answers = new Map<string, number>();
  #sessions = 0;
  /** Requests of which it is not known who answered. */
  #unknown = 0;
  /** Later requests whose replica is known, as is that of the first one. */
  #reads = 0;
  /** Sessions that kept their model, but were not seen on two replicas. */
  #uncrossed = 0;
  #isCutOff = false;
  /** A replica that had begun a session answered it with another model. */
  #forgot = false;

  constructor(private readonly run: Pick<RunContext, "options" | "replicas" | "freshnessKnown">) {}

  /** Those that answered, sorted. */
  get replicas(): Replica[] {
    const url = this.run.replicas[0]?.url ?? "";
    return [...this.#answers.keys()].sort().map((name) => ({ name, url }));
  }

  /** @param session names the replicas that answered; where that is not known, the load balancer */
  add(session: Session, judgement: SessionJudgement, choice: PromptChoice): void {
    const [first] = session.exchanges;
    const known = session.exchanges.filter(({ replica }) => replica.name !== this.run.replicas[0]?.name);
    const later = known[0] === first ? known.slice(1) : [];
    this.#sessions++;
    this.#unknown += session.exchanges.length - known.length;
    for (const { replica } of known) this.#answers.set(replica.name, (this.#answers.get(replica.name) ?? 0) + 1);
    this.#isCutOff ||= isCutOff(session);
    this.#reads += later.length;
    const own = later.filter(({ replica }) => replica.name === first?.replica.name);
    this.#forgot ||= own.some(({ answer }) => answer.kind === "model" && answer.model !== pinnedModel(session));
    const pairs = judgement.pairs.filter((pair) => pair[0] !== pair[1] && pair.every((name) => this.#answers.has(name)));
    if (judgement.verdict === "pass" && pairs.length === 0) this.#uncrossed++;
    else this.#pinning.add(session, { ...judgement, pairs }, choice);
  }

  /** @returns also whether more sessions may show what is missing */
  conclude(): Finding & { readonly isOpen: boolean } {
    const { options, freshnessKnown } = this.run;
    const { sessionHeader, replicaHeader } = contractOf(options);
    const names = this.replicas.map(({ name }) => name);
    // So many are names of something else, one for each request maybe, and their pairs are too many to list.
    const replicas = names.length > 300 ? [] : this.replicas;
    const pinning = this.#pinning.conclude({ options, freshnessKnown, replicas }, undefined, false);
    const requests = [...this.#answers.values()].reduce((sum, n) => sum + n, this.#unknown);
    const answers = { ...Object.fromEntries(this.#answers), unknown: this.#unknown };
    const evidence = { ...pinning.evidence, answers, uncrossedSessions: this.#uncrossed };
    const found = (verdict: Verdict, summary: string, isOpen = false) => ({ verdict, summary, evidence, isOpen });
    if (pinning.verdict === "fail") {
      const lost = `; replicas forgot sessions of their own: the header ${sessionHeader} is lost on the way in, or not heeded`;
      return found("fail", `${pinning.summary}${this.#forgot ? lost : ""}`);
    }
    const inSessions = `in ${this.#sessions} sessions`;
    const silence = replicaHeader === undefined ? "Jaeger has no trace that tells" : `no header ${replicaHeader} tells`;
    const reads = Object.keys(pinning.evidence["adversarialReads"] as object).map((pair) => pair.split(" → "));
    const idle = names.filter((name) => [0, 1].some((end) => reads.every((pair) => pair[end] !== name)));
    const bound =
      names.length === 1
        ? `only ${names[0]} answered, ${inSessions}: scale to two replicas, or keep the load balancer from binding a client to one`
        : `no request left the replica that had begun its session, ${inSessions}: the load balancer binds sessions to replicas, ` +
          "which hides whether they share pins; ask them directly, with --replica or --namespace";
    const doubts: readonly (readonly [is: boolean, said: string, isOpen?: boolean])[] = [
      [this.#isCutOff && options.maxFailedRequests === 0, pinning.summary],
      [this.#unknown * 2 > requests, `who answered ${this.#unknown} of ${requests} requests is not known: ${silence}`],
      [reads.length === 0, bound, this.#reads < decisiveReads],
      [
        idle.length > 0,
        `${inSessions} ${idle.slice(0, 6).join(", ")}${idle.length > 6 ? ", …" : ""} did not both begin one that another replica ` +
          `went on with and go on with one of another's; use --sessions ${2 * this.#sessions}, or other --rounds`,
        true,
      ],
      [pinning.verdict === "unknown", pinning.summary, true],
    ];
    const doubt = doubts.find(([is]) => is);
    if (doubt !== undefined) return found("unknown", doubt[1], doubt[2]);
    const uncrossed = this.#uncrossed === 0 ? "" : `; not counted: ${this.#uncrossed}, not seen on two replicas`;
    const unknown = this.#unknown === 0 ? "" : `; who answered ${this.#unknown} of ${requests} requests is not known`;
    return found("pass", `${sessionHeader} arrives: ${pinning.summary}${uncrossed}${unknown}`);
  }
}
