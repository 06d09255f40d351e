import { duration, type Lifetime, type RegisterViolation } from "../../register";
import type { Finding, Verdict } from "../../report/report";
import type { PromptChoice } from "../../run/plan";
import { SessionRecorder } from "../../run/session-record";
import { andMore, countOf, judgeTrial, trialEvidence, type JudgedTrial, type TrialVerdict } from "./judge-trial";
import type { Trial } from "./trial";

/**
 * - `first`: the request that pins
 * - `half`, `late`: all replicas are asked for another model, at 50 % and at 90 % of the pin's life
 * - `renewed`: after its end one replica is asked for another model, and is to route the session anew
 * - `others`: so are all others, for none may have kept the old pin
 * - `agreed`: all replicas are asked for another model than the new one
 */
export type ExpiryStage = "first" | "half" | "late" | "renewed" | "others" | "agreed";

export interface ExpiryTerms {
  readonly choice: Pick<PromptChoice, "modelOf">;
  readonly lifetime: Lifetime;
  readonly replicas: number;
}

type Judged = JudgedTrial<ExpiryStage>;

export function judgeExpiry(trials: readonly Trial<ExpiryStage>[], terms: ExpiryTerms): Finding {
  const { choice, lifetime, replicas } = terms;
  const recorder = new SessionRecorder();
  const all = trials
    .map((trial) => judgeTrial(trial, choice, lifetime))
    .sort((a, b) => a.session.index - b.session.index)
    .map((trial) => ({ trial, id: trial.session.id, ...verdictOf(trial, lifetime) }));
  const failed = all.filter(({ verdict }) => verdict === "fail");
  const passed = all.filter(({ verdict }) => verdict === "pass");
  const untested = all.filter(({ verdict }) => verdict === "unknown");
  const found = (verdict: Verdict, summary: string): Finding => ({
    verdict,
    summary,
    evidence: {
      ...lifetime,
      tested: passed.length + failed.length,
      sessions: all.map(({ trial, ...one }) => trialEvidence(trial, one)),
    },
    sessions: all.map(({ trial, verdict }) => recorder.record(trial.session, verdict)),
  });

  const [first] = failed;
  if (first !== undefined) return found("fail", `${first.id}: ${first.why}${andMore(failed.length)}`);
  const [example] = untested;
  if (passed.length * 2 < all.length || all.length === 0) {
    const because = example === undefined ? "" : `, e.g. ${example.id}: ${example.why}`;
    return found("unknown", `${untested.length} of ${countOf(all.length)} could not be judged${because}`);
  }
  return found(
    "pass",
    `${countOf(passed.length)} kept ${passed.length === 1 ? "its" : "their"} model on all ${replicas} replicas at 50 % and 90 % of ${duration(lifetime.lifetimeMs)}, ` +
      `${passed.length === 1 ? "was" : "were"} routed anew after it, and agreed again` +
      (untested.length === 0 ? "" : `; ${untested.length} of ${all.length} could not be judged`),
  );
}

function verdictOf(trial: Judged, { lifetimeMs }: Lifetime): TrialVerdict {
  const { register, steps, unanswered } = trial;
  const [violation] = register.violations;
  if (violation !== undefined) {
    const question = `is --ttl ${lifetimeMs / 1_000} what the gateway has as session_ttl_seconds?`;
    return { verdict: "fail", why: isOfLifetime(violation, trial) ? `${violation.sentence}; ${question}` : violation.sentence };
  }
  const unknown = (why: string): TrialVerdict => ({ verdict: "unknown", why });
  if (unanswered !== undefined) return unknown(unanswered);
  if (steps.at(-1)?.stage !== "agreed") return unknown("it was not played to its end");
  const [before] = register.settled;
  const after = register.settled.at(-1);
  const isRead = (stage: ExpiryStage, period: typeof before): boolean => {
    return steps.every((step) => step.stage !== stage || (step.period !== undefined && step.period === period));
  };
  if (!isRead("half", before) || !isRead("late", before)) {
    return unknown(
      `its pin may have run out before all replicas were read: answers take long for a life of ${duration(lifetimeMs)}`,
    );
  }
  const renewed = steps.find(({ stage }) => stage === "renewed")?.event?.model;
  if (renewed === before?.model) return unknown("it was asked for the same model again after its end");
  if (!isRead("agreed", after)) return unknown("its second pin may have run out before all replicas were read");
  return { verdict: "pass" };
}

/** Whether a wrong lifetime would explain it: the pin was gone too early for all replicas, or still there too late. */
function isOfLifetime({ kind, events }: RegisterViolation, { steps }: Judged): boolean {
  const accused = steps.find(({ event }) => event === events.at(-1));
  return kind === "outlived" || (kind !== "split" && (accused?.stage === "half" || accused?.stage === "late"));
}
