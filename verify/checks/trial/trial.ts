import type { Exchange, Session } from "../../history";
import { countConcurrently } from "../../common/pool";
import {
  judgeRegister,
  registerEvents,
  type Lifetime,
  type RegisterEvent,
  type RegisterJudgement,
  type SettledPeriod,
} from "../../register";
import type { Finding, Json, Verdict } from "../../report/report";
import type { Question } from "../../run/asker";
import type { RunContext } from "../../run/context";
import type { PromptChoice } from "../../run/plan";
import { newSession, sessionPrefix } from "../../run/play-sessions";
import { SessionRecorder } from "../../run/session-record";

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
   * @returns the models that they answered, in the same order; undefined where there was no answer
   */
  ask(stage: Stage, questions: readonly Pick<Question, "replica" | "prompt">[]): Promise<(string | undefined)[]>;
}

/** Plays sessions of the check `of`, some of them at a time. */
export async function playTrials<Stage extends string>(
  { options, asker, signal }: RunContext,
  { of, count, atOnce }: { readonly of: string; readonly count: number; readonly atOnce: number },
  play: (trial: PlayedTrial<Stage>) => Promise<void>,
): Promise<readonly Trial<Stage>[]> {
  const plan = { count, prefix: sessionPrefix(options, `${of}-`) };
  const trials: Trial<Stage>[] = [];
  await countConcurrently(count, atOnce, signal, async (index) => {
    const session = newSession(plan, index);
    const steps: Step<Stage>[] = [];
    let rounds = 0;
    const ask: PlayedTrial<Stage>["ask"] = async (stage, questions) => {
      const round = rounds++;
      const asked = questions.map((question) => asker.ask({ ...question, session: session.id, round }));
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

export interface JudgedStep<Stage extends string> extends Step<Stage> {
  /** Its answer; undefined when there was none. */
  readonly event: RegisterEvent | undefined;
  /** The settled period that it has a part in. */
  readonly period: SettledPeriod | undefined;
}

export interface JudgedTrial<Stage extends string> {
  readonly session: Session;
  readonly steps: readonly JudgedStep<Stage>[];
  readonly register: RegisterJudgement;
  /** The first failure in words; undefined when every question was answered at the first attempt. */
  readonly unanswered: string | undefined;
}

export interface TrialVerdict {
  readonly verdict: Verdict;
  readonly why?: string;
  /** What else the evidence is to say of it. */
  readonly more?: { readonly [key: string]: Json };
}

interface Terms {
  readonly choice: Pick<PromptChoice, "modelOf">;
  readonly lifetime: Lifetime;
}

/**
 * Pure: judges the trials of a run. One that failed fails it.
 * @param conclude what they come to where none failed, and the evidence; `example` is one that could not be judged, as a clause
 */
export function judgeTrials<Stage extends string>(
  trials: readonly Trial<Stage>[],
  terms: Terms,
  judge: (trial: JudgedTrial<Stage>) => TrialVerdict,
  conclude: (all: readonly (TrialVerdict & { readonly trial: JudgedTrial<Stage> })[], example: string) => Finding,
): Finding {
  const recorder = new SessionRecorder();
  const all = trials
    .map((trial) => judgeTrial(trial, terms))
    .sort((a, b) => a.session.index - b.session.index)
    .map((trial) => ({ trial, ...judge(trial) }));
  const inWords = ({ trial, why }: (typeof all)[number]): string => `${trial.session.id}: ${why}`;
  const untested = all.find(({ verdict }) => verdict === "unknown");
  const [failed, ...others] = all.filter(({ verdict }) => verdict === "fail");
  const { verdict, summary, evidence } = conclude(all, untested === undefined ? "" : `, e.g. ${inWords(untested)}`);
  const more = others.length === 0 ? "" : ` (and ${others.length} more session${others.length > 1 ? "s" : ""})`;
  return {
    verdict: failed === undefined ? verdict : "fail",
    summary: failed === undefined ? summary : `${inWords(failed)}${more}`,
    evidence: { ...evidence, sessions: all.map((one) => trialEvidence(one.trial, one)) },
    sessions: all.map((one) => recorder.record(one.trial.session, one.verdict)),
  };
}

function judgeTrial<Stage extends string>({ session, steps }: Trial<Stage>, { choice, lifetime }: Terms): JudgedTrial<Stage> {
  const events = steps.map(({ exchange }) => registerEvents([exchange], choice.modelOf));
  const register = judgeRegister(events.flat(), lifetime);
  const periodOf = new Map(register.settled.flatMap((period) => period.reads.map((event) => [event as RegisterEvent, period])));
  const judged = steps.map((step, i) => {
    const event = events[i]?.find(({ model }) => model !== undefined);
    return { ...step, event, period: event === undefined ? undefined : periodOf.get(event) };
  });
  return { session, steps: judged, register, unanswered: firstFailure(steps) };
}

function firstFailure(steps: readonly Step<string>[]): string | undefined {
  const failed = steps.find(({ exchange }) => exchange.answer.kind === "failure" || exchange.attempts > 1)?.exchange;
  if (failed === undefined) return undefined;
  const { replica, answer } = failed;
  return answer.kind === "failure"
    ? `${replica.name} did not answer: ${answer.reason}`
    : `${replica.name} answered at the ${failed.attempts === 2 ? "second" : "third"} attempt only`;
}

/** Pure: a session for the evidence. Times are milliseconds since its first request. */
function trialEvidence<Stage extends string>(
  { session, steps, register }: JudgedTrial<Stage>,
  { verdict, why, more }: TrialVerdict,
): { readonly [key: string]: Json } {
  const start = Math.min(...steps.map(({ exchange }) => exchange.sentAt));
  const at = (time: number): number => Math.round((time - start) * 10) / 10;
  return {
    id: session.id,
    verdict,
    ...(why === undefined ? {} : { why }),
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
    ...more,
  };
}

/** `1 session`, `2 sessions`. */
export function countOf(sessions: number): string {
  return `${sessions} session${sessions === 1 ? "" : "s"}`;
}
