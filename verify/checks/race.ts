import type { Replica } from "../history";
import { duration, pinLifetime } from "../register";
import type { Finding } from "../report/report";
import type { Check, Played } from "../run/check";
import type { RunContext } from "../run/context";
import type { PromptChoice } from "../run/plan";
import { countOf, judgeTrials, playTrials, type JudgedTrial, type PlayedTrial, type Trial } from "./trial/trial";

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

async function concludeRace(run: RunContext, { choice }: Played): Promise<Finding> {
  const { options, replicas } = run;
  const count = Math.min(Math.max(leastSessions, options.sessions), mostSessions);
  const phase = `race: ${count} sessions on ${replicas.length} replicas at once`;
  let done = 0;
  run.progress({ phase, done, total: count });
  const atOnce = Math.min(sessionsAtOnce, options.concurrency);
  const trials = await playTrials<RaceStage>(run, { of: "race", count, atOnce }, async (trial) => {
    await raceOnce(trial, replicas, choice);
    run.progress({ phase, done: ++done, total: count });
  });
  return judgeRace(trials, choice, options.ttlSeconds);
}

async function raceOnce(trial: PlayedTrial<RaceStage>, replicas: readonly Replica[], choice: PromptChoice): Promise<void> {
  const { index } = trial.session;
  const prober = index % replicas.length;
  // Prompts of different models, as far as there are that many; in the next session each replica gets the next.
  const firsts = await trial.ask("first", replicas, (i) => choice.ofModel(index + i, index));
  const guess = firsts[prober] ?? firsts.find((model) => model !== undefined);
  if (guess === undefined) return;
  const [probed = guess] = await trial.ask("probe", [replicas[prober] as Replica], () => choice.followUp(index, 1, guess));
  for (let round = 2; round < 2 + reads; round++) {
    await trial.ask("read", replicas, () => choice.followUp(index, round, probed));
  }
}

type Judged = JudgedTrial<RaceStage>;

/** Pure: judges the races of a run. */
export function judgeRace(
  trials: readonly Trial<RaceStage>[],
  choice: Pick<PromptChoice, "modelOf">,
  ttlSeconds: number,
): Finding {
  const terms = { choice, lifetime: pinLifetime(ttlSeconds) };
  const conclude = (all: readonly Judged[], _passed: number, judged: number) => {
    const raced = all.filter(hasRaced);
    const differing = raced.filter((trial) => new Set(firstsOf(trial).flatMap(({ event }) => event?.model ?? [])).size > 1);
    const slowest = Math.max(0, ...differing.map((trial) => agreedAfter(trial) ?? 0));
    const replicas = new Set(all.flatMap(({ steps }) => steps.map(({ exchange }) => exchange.replica.name))).size;
    const evidence = {
      raced: raced.length,
      differingFirstAnswers: differing.length,
      judged,
      slowestAgreementMs: differing.length === 0 ? null : slowest,
    };
    const summary =
      `${countOf(raced.length)} ${raced.length === 1 ? "was" : "were"} begun on ${replicas} replicas at once: ` +
      `${differing.length === 0 ? "none" : differing.length} got different first answers, all agreed afterwards` +
      (differing.length === 0 ? "" : `, the slowest after ${duration(slowest)}`);
    return { summary, evidence };
  };
  const more = (trial: Judged) => ({ raced: hasRaced(trial), agreedAfterMs: agreedAfter(trial) });
  return judgeTrials(trials, terms, { last: "read", untested, more, conclude });
}

/** Every replica must be seen to agree with the others, at a time in which none of them can have written. */
function untested(trial: Judged): string | undefined {
  if (!hasRaced(trial)) return "no two of its first requests were under way at once";
  const wasRead = trial.steps.every(({ stage, period }) => stage !== "read" || period !== undefined);
  return wasRead ? undefined : "its pin may have run out before all replicas were read";
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
