import type { Exchange, Replica, Session } from "../../history";
import { forEachConcurrently } from "../../common/pool";
import {
  judgeRegister,
  registerEvents,
  type Lifetime,
  type RegisterEvent,
  type RegisterJudgement,
  type SettledPeriod,
} from "../../register";
import type { Finding, Verdict } from "../../report/report";
import type { RunContext } from "../../run/context";
import type { PromptChoice } from "../../run/plan";
import { newSession, recordOf, sessionPrefix } from "../../run/play-sessions";

export interface Step<Stage extends string> {
  readonly stage: Stage;
  readonly exchange: Exchange;
}

/** A session of a check's own. Its steps are the session's exchanges, in the order in which they were asked. */
export interface Trial<Stage extends string> {
  readonly session: Session;
  readonly steps: readonly Step<Stage>[];
}

export interface PlayedTrial<Stage extends string> extends Trial<Stage> {
  /**
   * Asks several replicas at the same instant.
   * @param promptOf gives each its prompt, by its index
   * @returns the models that they answered, in the same order; undefined where there was no answer
   */
  ask(stage: Stage, replicas: readonly Replica[], promptOf: (index: number) => string): Promise<(string | undefined)[]>;
}

/** Plays sessions of the check `of`, some of them at a time. */
export async function playTrials<Stage extends string>(
  { options, asker, signal }: RunContext,
  { of, count, atOnce }: { readonly of: string; readonly count: number; readonly atOnce: number },
  play: (trial: PlayedTrial<Stage>) => Promise<void>,
): Promise<readonly Trial<Stage>[]> {
  const plan = { count, prefix: sessionPrefix(options, `${of}-`) };
  const trials: Trial<Stage>[] = [];
  await forEachConcurrently([...Array(count).keys()], atOnce, signal, async (index) => {
    const session = newSession(plan, index);
    const steps: Step<Stage>[] = [];
    let rounds = 0;
    const ask: PlayedTrial<Stage>["ask"] = async (stage, replicas, promptOf) => {
      const round = rounds++;
      const asked = replicas.map((replica, i) => asker.ask({ replica, prompt: promptOf(i), session: session.id, round }));
      const exchanges = await Promise.all(asked);
      session.exchanges.push(...exchanges);
      steps.push(...exchanges.map((exchange) => ({ stage, exchange })));
      return exchanges.map(({ answer }) => (answer.kind === "model" ? answer.model : undefined));
    };
    trials.push({ session, steps });
    await play({ session, steps, ask });
  });
  return trials;
}

export interface JudgedTrial<Stage extends string> {
  readonly session: Session;
  readonly steps: readonly (Step<Stage> & {
    /** Its answer; undefined when there was none. */
    readonly event: RegisterEvent | undefined;
    /** The settled period that it has a part in. */
    readonly period: SettledPeriod | undefined;
  })[];
  readonly register: RegisterJudgement;
}

interface Terms {
  readonly choice: Pick<PromptChoice, "modelOf">;
  readonly lifetime: Lifetime;
}

type Evidence = Finding["evidence"];

/** What a check makes of its trials. */
interface Judge<Stage extends string> {
  /** With this stage a session ends. */
  readonly last: Stage;
  /** Said with every violation. */
  readonly hint?: string;
  /** Why a session without a violation that was played to its end is no evidence; undefined: it passed. */
  readonly untested: (trial: JudgedTrial<Stage>) => string | undefined;
  /** What else the evidence is to say of a session. */
  readonly more?: (trial: JudgedTrial<Stage>) => Evidence;
  /** The sentence for a pass, and the evidence. @param judged the number of trials that passed or failed */
  readonly conclude: (
    all: readonly JudgedTrial<Stage>[],
    passed: number,
    judged: number,
  ) => { readonly summary: string; readonly evidence: Evidence };
}

/** Pure: judges the trials of a run. One that failed fails it, and it passes where at least half passed. */
export function judgeTrials<Stage extends string>(trials: readonly Trial<Stage>[], terms: Terms, judge: Judge<Stage>): Finding {
  const all = trials
    .map((trial) => judgeTrial(trial, terms))
    .sort((a, b) => a.session.index - b.session.index)
    .map((trial) => ({ trial, ...verdictOf(trial, judge) }));
  const those = (wanted: Verdict) => all.filter(({ verdict }) => verdict === wanted);
  const [failed, passed, untested] = [those("fail"), those("pass"), those("unknown")];
  const inWords = ({ trial, why }: (typeof all)[number]): string => `${trial.session.id}: ${why}`;
  const judged = all.map(({ trial }) => trial);
  const { summary, evidence } = judge.conclude(judged, passed.length, all.length - untested.length);
  const found = (verdict: Verdict, summary: string): Finding => ({
    ...{ verdict, summary },
    evidence: {
      ...evidence,
      sessions: all.map(({ trial, verdict, why }) => ({
        ...trialEvidence(trial),
        ...{ verdict, ...(why === undefined ? {} : { why }) },
        ...judge.more?.(trial),
      })),
    },
    sessions: all.map((one) => recordOf(one.trial.session, one.verdict)),
  });
  if (failed[0] !== undefined) {
    const others = failed.length - 1;
    return found("fail", `${inWords(failed[0])}${others === 0 ? "" : ` (and ${others} more session${others > 1 ? "s" : ""})`}`);
  }
  if (all.length === 0) return found("unknown", "no session was begun");
  if (untested[0] === undefined) return found("pass", summary);
  if (passed.length >= untested.length)
    return found("pass", `${summary}; ${untested.length} of ${all.length} could not be judged`);
  return found("unknown", `${untested.length} of ${countOf(all.length)} could not be judged, e.g. ${inWords(untested[0])}`);
}

function verdictOf<Stage extends string>(
  trial: JudgedTrial<Stage>,
  { last, hint = "", untested }: Judge<Stage>,
): { readonly verdict: Verdict; readonly why?: string } {
  const [violation] = trial.register.violations;
  if (violation !== undefined) return { verdict: "fail", why: `${violation.sentence}${violation.kind === "split" ? "" : hint}` };
  const isWhole = trial.steps.at(-1)?.stage === last;
  const why = firstFailure(trial.steps) ?? (isWhole ? untested(trial) : "it was not played to its end");
  return why === undefined ? { verdict: "pass" } : { verdict: "unknown", why };
}

function judgeTrial<Stage extends string>({ session, steps }: Trial<Stage>, { choice, lifetime }: Terms): JudgedTrial<Stage> {
  const events = steps.map(({ exchange }) => registerEvents([exchange], choice.modelOf));
  const register = judgeRegister(events.flat(), lifetime);
  const periodOf = new Map(register.settled.flatMap((period) => period.reads.map((event) => [event as RegisterEvent, period])));
  const judged = steps.map((step, i) => {
    const event = events[i]?.find(({ model }) => model !== undefined);
    return { ...step, event, period: event === undefined ? undefined : periodOf.get(event) };
  });
  return { session, steps: judged, register };
}

/** In words; undefined when every question was answered at the first attempt. */
function firstFailure(steps: readonly Step<string>[]): string | undefined {
  const failed = steps.find(({ exchange }) => exchange.answer.kind === "failure" || exchange.attempts > 1)?.exchange;
  if (failed === undefined) return undefined;
  const { replica, answer } = failed;
  return answer.kind === "failure"
    ? `${replica.name} did not answer: ${answer.reason}`
    : `${replica.name} answered at the ${failed.attempts === 2 ? "second" : "third"} attempt only`;
}

/** Pure: a session for the evidence. Times are milliseconds since its first request. */
function trialEvidence({ session, steps, register }: JudgedTrial<string>): Evidence {
  const start = Math.min(...steps.map(({ exchange }) => exchange.sentAt));
  // Fine enough to tell a request that was sent at an answer from one that was under way with it.
  const at = (time: number): number => Math.round((time - start) * 1_000) / 1_000;
  return {
    id: session.id,
    events: steps.map(({ stage, exchange, event }) => ({
      stage,
      replica: exchange.replica.name,
      prompt: exchange.prompt,
      invokedMs: at(exchange.sentAt),
      returnedMs: at(exchange.answeredAt),
      model: event?.model ?? null,
      ...(exchange.answer.kind === "failure" ? { failure: exchange.answer.reason } : {}),
      attempts: exchange.attempts,
      traceId: exchange.traceId,
    })),
    settled: register.settled.map(({ model, since }) => ({ model, sinceMs: at(since) })),
    violations: register.violations.map(({ kind, sentence }) => ({ kind, sentence })),
  };
}

/** `1 session`, `2 sessions`. */
export function countOf(sessions: number): string {
  return `${sessions} session${sessions === 1 ? "" : "s"}`;
}
