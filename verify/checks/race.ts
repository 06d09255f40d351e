import { contractOf } from "../contracts";
import type { Replica } from "../history";
import { duration, pinLifetime, type Lifetime } from "../register";
import type { Finding } from "../report/report";
import type { Check, Played } from "../run/check";
import type { RunContext } from "../run/context";
import { racePlan, type PromptChoice } from "../run/plan";
import { countOf, judgeTrials, playTrials, type JudgedTrial, type PlayedTrial, type Trial } from "./trial/trial";

/** Concurrent first requests of a session may be answered differently; afterwards all replicas agree and stay so. */
export const race: Check = {
  id: "race",
  title: "First requests at the same time",
  begin: async (run) => ({ conclude: (played) => concludeRace(run, played) }),
};

/** `settle` shows what the session has settled on, `read` asks for something else. */
export type RaceStage = "first" | "settle" | "read";

/** Sessions with different first answers after which a run that asks for no more sessions plays no more. */
const enough = 4;

async function concludeRace(run: RunContext, { choice }: Played): Promise<Finding> {
  const { options, replicas } = run;
  const { count, atOnce } = racePlan(options, replicas.length);
  const phase = `race: sessions on ${replicas.length} replicas at once`;
  let [done, differing] = [0, 0];
  run.progress({ phase, done, total: count });
  const trials = await playTrials<RaceStage>(run, { of: "race", count, atOnce }, async (trial) => {
    if (trial.session.index >= options.sessions && differing >= enough) return;
    await raceOnce(trial, replicas, choice, () => void differing++);
    run.progress({ phase, done: ++done, total: count });
  });
  const begun = trials.filter(({ steps }) => steps.length > 0);
  return judgeRace(begun, choice, pinLifetime(options.ttlSeconds, contractOf(options).redis));
}

async function raceOnce(
  trial: PlayedTrial<RaceStage>,
  replicas: readonly Replica[],
  choice: PromptChoice,
  onDiffering: () => void,
): Promise<void> {
  const { index } = trial.session;
  // Prompts of different models, as far as there are that many; in the next session each replica gets the next.
  const firsts = await trial.ask("first", replicas, (i) => choice.ofModel(index + i, index));
  const [guess, ...others] = new Set(firsts.filter((model) => model !== undefined));
  if (guess === undefined) return;
  if (others.length > 0) onDiffering();
  const settled = await trial.ask("settle", replicas, () => choice.followUp(index, 1, guess));
  const model = settled.find((it) => it !== undefined) ?? guess;
  await trial.ask("read", replicas, () => choice.followUp(index, 2, model));
}

type Judged = JudgedTrial<RaceStage>;

/** Pure: judges the races of a run. */
export function judgeRace(
  trials: readonly Trial<RaceStage>[],
  choice: Pick<PromptChoice, "modelOf">,
  lifetime: Lifetime,
): Finding {
  const conclude = (all: readonly Judged[], _passed: number, judged: number) => {
    const raced = all.filter(hasRaced);
    const differing = raced.filter((trial) => new Set(firstsOf(trial).flatMap(({ event }) => event?.model ?? [])).size > 1);
    const slowest = Math.max(0, ...differing.map((trial) => agreedAfter(trial) ?? 0));
    const replicas = new Set(all.flatMap(({ steps }) => steps.map(({ exchange }) => exchange.replica.name))).size;
    const evidence = {
      ...lifetime,
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
  return judgeTrials(trials, { choice, lifetime }, { last: "read", untested, more, conclude });
}

/** Every replica must be seen to agree with the others, at a time in which none of them can have written. */
function untested(trial: Judged): string | undefined {
  if (!hasRaced(trial)) return "no two of its first requests were under way at once";
  const wasRead = trial.steps.every(({ stage, period }) => stage === "first" || period !== undefined);
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
