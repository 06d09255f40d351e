import type { Replica } from "../history";
import { duration, pinLifetime, type Lifetime, type RegisterViolation } from "../register";
import type { Finding, Verdict } from "../report/report";
import type { Check, Played } from "../run/check";
import type { RunContext } from "../run/context";
import type { PromptChoice } from "../run/plan";
import {
  countOf,
  judgeTrials,
  playTrials,
  type JudgedTrial,
  type PlayedTrial,
  type Trial,
  type TrialVerdict,
} from "./trial/trial";

/** A session is routed anew after its lifetime, and not before. */
export const expiry: Check = {
  id: "expiry",
  title: "Pins end with their lifetime, and not before",
  begin: async (run) => ({ conclude: (played) => concludeExpiry(run, played) }),
};

const mostSessions = 16;

async function concludeExpiry(run: RunContext, { choice }: Played): Promise<Finding> {
  const { options, replicas, signal } = run;
  // All sessions wait at the same time and are asked at the same time, so that their number is that of the requests.
  const count = Math.min(options.sessions, options.concurrency, mostSessions);
  const lifetime = pinLifetime(options.ttlSeconds);
  const until = waitingOut(run, count, lifetime);
  const trials = await playTrials<ExpiryStage>(run, { of: "expiry", count, atOnce: count }, (trial) =>
    outlive(trial, replicas, { choice, lifetime, until }),
  );
  const finding = judgeExpiry(trials, { choice, lifetime, replicas: replicas.length });
  return signal.aborted && finding.verdict !== "fail" ? { ...finding, verdict: "unknown", summary: "interrupted" } : finding;
}

/**
 * - `first`: the request that pins
 * - `half`, `late`: all replicas are asked for another model, at 50 % and at 90 % of the pin's life
 * - `renewed`: after its end one replica is asked for another model, and is to route the session anew
 * - `others`: so are all others, for none may have kept the old pin
 * - `agreed`: all replicas are asked for another model than the new one
 */
export type ExpiryStage = "first" | "half" | "late" | "renewed" | "others" | "agreed";

interface Terms {
  readonly choice: PromptChoice;
  readonly lifetime: Lifetime;
  readonly until: ReturnType<typeof waitingOut>;
}

async function outlive(
  trial: PlayedTrial<ExpiryStage>,
  replicas: readonly Replica[],
  { choice, lifetime: { lifetimeMs, toleranceMs }, until }: Terms,
): Promise<void> {
  const { index, exchanges } = trial.session;
  let round = 1;
  const ask = (stage: ExpiryStage, asked: readonly Replica[], insteadOf: string): Promise<(string | undefined)[]> => {
    const questions = asked.map((replica) => ({
      replica,
      prompt: choice.followUp(index, round, insteadOf) ?? choice.first(index + round),
    }));
    round++;
    return trial.ask(stage, questions);
  };
  const at = (which: number): Replica => replicas[which % replicas.length] as Replica;

  const [old] = await trial.ask("first", [{ replica: at(index), prompt: choice.first(index) }]);
  const [first] = exchanges;
  if (old === undefined || first === undefined) return;
  if (!(await until("the read at 50 %", first.sentAt + 0.5 * lifetimeMs))) return;
  await ask("half", replicas, old);
  if (!(await until("the read at 90 %", first.sentAt + 0.9 * lifetimeMs))) return;
  await ask("late", replicas, old);
  // The pin was written before the answer came, so it is gone then; one millisecond more, to be later.
  if (!(await until("the end of the pins", first.answeredAt + lifetimeMs + toleranceMs + 1))) return;
  const renewer = at(index + 1);
  const [renewed] = await ask("renewed", [renewer], old);
  const others = replicas.filter((replica) => replica !== renewer);
  await ask("others", others, old);
  await ask("agreed", replicas, renewed ?? old);
}

const goals = ["the read at 50 %", "the read at 90 %", "the end of the pins"] as const;

const tickMs = 1_000;

/**
 * Waits out the life of pins, and tells each second how much of it is left.
 * @returns waits for a time, and gives whether it has come; false when the run was called off
 */
export function waitingOut(
  { clock, progress, signal }: Pick<RunContext, "clock" | "progress" | "signal">,
  sessions: number,
  { lifetimeMs, toleranceMs }: Lifetime,
) {
  const name = `expiry: ${countOf(sessions)}`;
  const totalMs = lifetimeMs + toleranceMs;
  const startedAt = clock.now();
  const minutes = lifetimeMs < 90_000 ? "" : `, about ${Math.round(lifetimeMs / 60_000)} min`;
  let phase = `${name}, for as long as a pin lives: ${duration(lifetimeMs)} (--ttl)${minutes}`;
  let [latest, shown] = [0, ""];
  /** Several sessions wait at the same time: the same is told once. */
  const show = (): void => {
    const total = Math.ceil(totalMs / 1_000);
    const done = Math.min(total, Math.floor((clock.now() - startedAt) / 1_000));
    if (shown === `${phase} ${done}`) return;
    shown = `${phase} ${done}`;
    progress({ phase, done, total });
  };
  show();
  return async (goal: (typeof goals)[number], time: number): Promise<boolean> => {
    if (goals.indexOf(goal) > latest) {
      latest = goals.indexOf(goal);
      phase = `${name}, waiting for ${goal}; ${duration(Math.max(0, startedAt + totalMs - clock.now()))} left`;
      show();
    }
    while (!signal.aborted && clock.now() < time) {
      await clock.sleep(Math.min(time - clock.now(), tickMs), signal);
      show();
    }
    return !signal.aborted;
  };
}

type Judged = JudgedTrial<ExpiryStage>;

export function judgeExpiry(
  trials: readonly Trial<ExpiryStage>[],
  terms: { readonly choice: Pick<PromptChoice, "modelOf">; readonly lifetime: Lifetime; readonly replicas: number },
): Finding {
  const { lifetime, replicas } = terms;
  return judgeTrials(
    trials,
    terms,
    (trial) => verdictOf(trial, lifetime),
    (all, example) => {
      const count = (wanted: Verdict): number => all.filter(({ verdict }) => verdict === wanted).length;
      const [passed, untested] = [count("pass"), count("unknown")];
      const evidence = { ...lifetime, tested: passed + count("fail") };
      if (passed * 2 < all.length || all.length === 0) {
        const summary = `${untested} of ${countOf(all.length)} could not be judged${example}`;
        return { verdict: "unknown", summary, evidence };
      }
      const summary =
        `${countOf(passed)} kept ${passed === 1 ? "its" : "their"} model on all ${replicas} replicas at 50 % and 90 % of ${duration(lifetime.lifetimeMs)}, ` +
        `${passed === 1 ? "was" : "were"} routed anew after it, and agreed again` +
        (untested === 0 ? "" : `; ${untested} of ${all.length} could not be judged`);
      return { verdict: "pass", summary, evidence };
    },
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
