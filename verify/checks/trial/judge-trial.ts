import type { Session } from "../../history";
import {
  judgeRegister,
  registerEvents,
  type Lifetime,
  type RegisterEvent,
  type RegisterJudgement,
  type SettledPeriod,
} from "../../register";
import type { Json, Verdict } from "../../report/report";
import type { PromptChoice } from "../../run/plan";
import type { Step, Trial } from "./trial";

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

export function judgeTrial<Stage extends string>(
  { session, steps }: Trial<Stage>,
  { modelOf }: Pick<PromptChoice, "modelOf">,
  lifetime: Lifetime,
): JudgedTrial<Stage> {
  const events = steps.map(({ exchange }) => registerEvents([exchange], modelOf));
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

export interface TrialVerdict {
  readonly verdict: Verdict;
  readonly why?: string;
}

/** Pure: a session for the evidence. Times are milliseconds since its first request. */
export function trialEvidence<Stage extends string>(
  { session, steps, register }: JudgedTrial<Stage>,
  { verdict, why }: TrialVerdict,
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
  };
}

/** `1 session`, `2 sessions`. */
export function countOf(sessions: number): string {
  return `${sessions} session${sessions === 1 ? "" : "s"}`;
}

/** ` (and 3 more sessions)`; empty for one. */
export function andMore(sessions: number): string {
  return sessions > 1 ? ` (and ${sessions - 1} more session${sessions > 2 ? "s" : ""})` : "";
}
