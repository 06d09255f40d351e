import type { Replica } from "../history";
import { duration, pinLifetime } from "../register";
import type { Finding, Verdict } from "../report/report";
import type { Check, Played } from "../run/check";
import type { RunContext } from "../run/context";
import type { PromptChoice } from "../run/plan";
import type { Survey } from "../run/survey";
import {
  countOf,
  judgeTrials,
  playTrials,
  type JudgedTrial,
  type PlayedTrial,
  type Trial,
  type TrialVerdict,
} from "./trial/trial";

/** Concurrent first requests of a session may be answered differently; afterwards all replicas agree and stay so. */
export const race: Check = {
  id: "race",
  title: "First requests at the same time",
  begin: async (run) => ({ conclude: (played) => concludeRace(run, played) }),
};

/** `probe` learns what the session has settled on, `read` asks for something else. */
export type RaceStage = "first" | "probe" | "read";

/** Sessions of a run that asks for fewer, and most of one that asks for more: a race shows in a few or not at all. */
const leastSessions = 8;
const mostSessions = 64;

/** Sessions at the same time: few, so that the first requests of one are not held up by the others. */
const sessionsAtOnce = 4;

/** How often each replica is asked for another model than the session's. */
const reads = 2;

async function concludeRace(run: RunContext, played: Played): Promise<Finding> {
  const { options, replicas } = run;
  const count = Math.min(Math.max(leastSessions, options.sessions), mostSessions);
  const phase = `race: ${count} sessions on ${replicas.length} replicas at once`;
  let done = 0;
  run.progress({ phase, done, total: count });
  const atOnce = Math.min(sessionsAtOnce, options.concurrency);
  const trials = await playTrials<RaceStage>(run, { of: "race", count, atOnce }, async (trial) => {
    await raceOnce(trial, replicas, played);
    run.progress({ phase, done: ++done, total: count });
  });
  return judgeRace(trials, played.choice, options.ttlSeconds);
}

async function raceOnce(trial: PlayedTrial<RaceStage>, replicas: readonly Replica[], { survey, choice }: Played): Promise<void> {
  const { index } = trial.session;
  const prober = index % replicas.length;
  const elsewhere = (round: number, model: string): string => choice.followUp(index, round, model) ?? choice.first(index + round);
  const firsts = await trial.ask(
    "first",
    replicas.map((replica, i) => ({ replica, prompt: firstPrompt(survey, index, i) })),
  );
  const guess = firsts[prober] ?? firsts.find((model) => model !== undefined);
  if (guess === undefined) return;
  const [probed = guess] = await trial.ask("probe", [{ replica: replicas[prober] as Replica, prompt: elsewhere(1, guess) }]);
  for (let round = 2; round < 2 + reads; round++) {
    await trial.ask(
      "read",
      replicas.map((replica) => ({ replica, prompt: elsewhere(round, probed) })),
    );
  }
}

/** Replicas are sent prompts of different models, as far as there are that many; in the next session each the next. */
function firstPrompt({ prompts, models }: Survey, session: number, replica: number): string {
  const wanted = models[(session + replica) % models.length];
  const fitting = prompts.filter(({ model }) => model === wanted);
  return fitting[session % fitting.length]?.prompt ?? "";
}

type Judged = JudgedTrial<RaceStage>;

/**
 * Pure: judges the races of a run.
 * @param ttlSeconds life of a pin
 */
export function judgeRace(
  trials: readonly Trial<RaceStage>[],
  choice: Pick<PromptChoice, "modelOf">,
  ttlSeconds: number,
): Finding {
  const terms = { choice, lifetime: pinLifetime(ttlSeconds) };
  return judgeTrials(trials, terms, verdictOf, (all, example) => {
    const raced = all.filter(({ trial }) => hasRaced(trial));
    const differing = raced.filter(({ trial }) => new Set(firstsOf(trial).flatMap(({ event }) => event?.model ?? [])).size > 1);
    const tested = raced.filter(({ verdict }) => verdict === "pass").length;
    const slowest = differing.reduce((most, { trial }) => Math.max(most, agreedAfter(trial) ?? 0), 0);
    const replicas = new Set(all.flatMap(({ trial }) => trial.steps.map(({ exchange }) => exchange.replica.name))).size;
    const evidence = {
      raced: raced.length,
      differingFirstAnswers: differing.length,
      judged: tested + all.filter(({ verdict }) => verdict === "fail").length,
      slowestAgreementMs: differing.length === 0 ? null : slowest,
    };
    const found = (verdict: Verdict, summary: string): Finding => ({ verdict, summary, evidence });
    if (all.length === 0) return found("unknown", "no session was begun");
    if (raced.length === 0) {
      return found("unknown", `in none of ${countOf(all.length)} were two first requests under way at once${example}`);
    }
    const rest = all.length - tested;
    if (tested < rest) return found("unknown", `${rest} of ${countOf(all.length)} could not be judged${example}`);
    return found(
      "pass",
      `${countOf(raced.length)} ${raced.length === 1 ? "was" : "were"} begun on ${replicas} replicas at once: ` +
        `${differing.length === 0 ? "none" : differing.length} got different first answers, all agreed afterwards` +
        (differing.length === 0 ? "" : `, the slowest after ${duration(slowest)}`) +
        (rest === 0 ? "" : `; ${rest} of ${all.length} could not be judged`),
    );
  });
}

/** Whether every replica was seen to agree with the others, at a time in which none of them can have written. */
function verdictOf(trial: Judged): TrialVerdict {
  const { steps, register, unanswered } = trial;
  const more = { raced: hasRaced(trial), agreedAfterMs: agreedAfter(trial) };
  const [violation] = register.violations;
  if (violation !== undefined) return { verdict: "fail", why: violation.sentence, more };
  const unknown = (why: string): TrialVerdict => ({ verdict: "unknown", why, more });
  if (unanswered !== undefined) return unknown(unanswered);
  if (steps.at(-1)?.stage !== "read") return unknown("it was not played to its end");
  const wasRead = steps.every(({ stage, period }) => stage !== "read" || period !== undefined);
  return wasRead ? { verdict: "pass", more } : unknown("its pin may have run out before all replicas were read");
}

function firstsOf({ steps }: Judged): Judged["steps"] {
  return steps.filter(({ stage }) => stage === "first");
}

/** Whether two first requests were under way at the same time, and both answered at the first attempt. */
function hasRaced(trial: Judged): boolean {
  const answered = firstsOf(trial)
    .map(({ exchange }) => exchange)
    .filter(({ answer, attempts }) => answer.kind === "model" && attempts === 1)
    .sort((a, b) => a.sentAt - b.sentAt);
  return answered.some(({ sentAt }, i) => answered.slice(0, i).some((earlier) => sentAt < earlier.answeredAt));
}

/** Milliseconds from the first request to the last answer that named another model than the one settled on. */
function agreedAfter({ steps, register }: Judged): number | null {
  const settled = register.settled.at(-1)?.model;
  if (settled === undefined) return null;
  const start = Math.min(...steps.map(({ exchange }) => exchange.sentAt));
  const others = steps.filter(({ event }) => event !== undefined && event.model !== settled);
  return Math.round(others.reduce((latest, { exchange }) => Math.max(latest, exchange.answeredAt - start), 0) * 10) / 10;
}
