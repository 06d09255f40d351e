import { contractOf, needPrompts } from "../contracts";
import type { Exchange, Replica } from "../history";
import { duration, pinLifetime, pinLives, type Lifetime } from "../register";
import type { Finding } from "../report/report";
import type { Check, Played } from "../run/check";
import type { RunContext } from "../run/context";
import type { PromptChoice } from "../run/plan";
import { countOf, judgeTrials, playTrials, type JudgedTrial, type PlayedTrial, type Trial } from "./trial/trial";

/** A session is routed anew after its lifetime, and not before. */
export const expiry: Check = {
  id: "expiry",
  title: "Pins end with their lifetime, and not before",
  async begin(run) {
    needPrompts(contractOf(run.options));
    return { conclude: (played) => concludeExpiry(run, played) };
  },
};

const mostSessions = 16;

async function concludeExpiry(run: RunContext, { choice }: Played): Promise<Finding> {
  const { options, replicas, signal } = run;
  // All sessions wait at the same time and are asked at the same time, so that their number is that of the requests.
  const count = Math.min(options.sessions, options.concurrency, mostSessions);
  const lifetime = pinLifetime(options.ttlSeconds, contractOf(options).redis);
  const until = waitingOut(run, count, lifetime);
  const trials = await playTrials<ExpiryStage>(run, { of: "expiry", count, atOnce: count }, (trial) =>
    outlive(trial, replicas, choice, lifetime, until),
  );
  const finding = judgeExpiry(trials, { choice, lifetime, replicas: replicas.length });
  return signal.aborted && finding.verdict !== "fail" ? { ...finding, verdict: "unknown", summary: "interrupted" } : finding;
}

/**
 * - `first`: the request that pins
 * - `half`, `late`: all replicas are asked for another model, at 50 % and at about 90 % of the pin's life; where reads prolong
 *   it, the latter after the former, when a pin that they do not prolong is gone
 * - `renewed`: after its end one replica is asked for another model, and is to route the session anew
 * - `others`: so are all others, for none may have kept the old pin
 * - `agreed`: all replicas are asked for another model than the new one
 */
export type ExpiryStage = "first" | "half" | "late" | "renewed" | "others" | "agreed";

/** How long after the beginning of a pin's life it is read late: at 90 %, or sooner where that leaves no time for answers. */
function lateMs({ lifetimeMs, toleranceMs }: Lifetime): number {
  const answersMs = Math.min(1_000, 0.2 * lifetimeMs);
  return Math.min(0.9 * lifetimeMs, lifetimeMs - toleranceMs - answersMs);
}

/** How long a pin is kept in use, in milliseconds: 0 where that does not prolong its life. */
function usedMs(lifetime: Lifetime): number {
  return lifetime.sliding === true ? 0.5 * lifetime.lifetimeMs + lateMs(lifetime) : 0;
}

async function outlive(
  trial: PlayedTrial<ExpiryStage>,
  replicas: readonly Replica[],
  choice: PromptChoice,
  lifetime: Lifetime,
  until: ReturnType<typeof waitingOut>,
): Promise<void> {
  const { lifetimeMs, toleranceMs, sliding } = lifetime;
  const { index, exchanges } = trial.session;
  let round = 1;
  const ask = (stage: ExpiryStage, asked: readonly Replica[], insteadOf: string): Promise<(string | undefined)[]> => {
    const prompt = choice.followUp(index, round++, insteadOf);
    return trial.ask(stage, asked, () => prompt);
  };
  const at = (which: number): Replica => replicas[which % replicas.length] as Replica;

  const [old] = await trial.ask("first", [at(index)], () => choice.first(index));
  const [first] = exchanges;
  if (old === undefined || first === undefined) return;
  if (!(await until(first.sentAt + 0.5 * lifetimeMs))) return;
  await ask("half", replicas, old);
  // Those that the pin's life has begun with; where it slides, the latest.
  const begun = (): readonly Exchange[] => (sliding === true ? exchanges.slice(-replicas.length) : [first]);
  if (!(await until(Math.min(...begun().map(({ sentAt }) => sentAt)) + lateMs(lifetime)))) return;
  await ask("late", replicas, old);
  // The pin was written before the answer came, so it is gone then; one millisecond more, to be later.
  const written = Math.max(...begun().map(({ answeredAt }) => answeredAt));
  if (!(await until(written + lifetimeMs + toleranceMs + 1))) return;
  const renewer = at(index + 1);
  const [renewed] = await ask("renewed", [renewer], old);
  const others = replicas.filter((replica) => replica !== renewer);
  await ask("others", others, old);
  await ask("agreed", replicas, renewed ?? old);
}

const tickMs = 1_000;

/**
 * Waits out the life of pins, and tells each second how much of it has passed.
 * @returns waits for a time, and gives whether it has come; false when the run was called off
 */
export function waitingOut(
  { clock, progress, signal }: Pick<RunContext, "clock" | "progress" | "signal">,
  sessions: number,
  lifetime: Lifetime,
) {
  const { lifetimeMs, toleranceMs, sliding } = lifetime;
  const total = Math.ceil((usedMs(lifetime) + lifetimeMs + toleranceMs) / 1_000);
  const long = sliding === true ? `${total} s, as ${pinLives(lifetime)}` : `as long as a pin lives: ${duration(lifetimeMs)}`;
  const phase = `expiry: ${countOf(sessions)}, for ${long} (--ttl)`;
  const startedAt = clock.now();
  const tell = (): void => progress({ phase, done: Math.min(total, Math.floor((clock.now() - startedAt) / 1_000)), total });
  tell();
  return async (time: number): Promise<boolean> => {
    while (!signal.aborted && clock.now() < time) {
      await clock.sleep(Math.min(time - clock.now(), tickMs), signal);
      tell();
    }
    return !signal.aborted;
  };
}

export function judgeExpiry(
  trials: readonly Trial<ExpiryStage>[],
  terms: { readonly choice: Pick<PromptChoice, "modelOf">; readonly lifetime: Lifetime; readonly replicas: number },
): Finding {
  const { lifetime, replicas } = terms;
  const { lifetimeMs, sliding } = lifetime;
  const life = duration(lifetimeMs);
  const [kept, after, configured] =
    sliding === true
      ? [`for ${duration(usedMs(lifetime))} of use`, `${life} without`, "a pin's life from the latest request"]
      : [`at 50 % and ${Math.round((100 * lateMs(lifetime)) / lifetimeMs)} % of ${life}`, "it", "session_ttl_seconds"];
  return judgeTrials(trials, terms, {
    last: "agreed",
    hint: `; is --ttl ${lifetimeMs / 1_000} what the gateway has as ${configured}?`,
    untested: (trial) => untested(trial, lifetimeMs),
    conclude: (_all, passed, judged) => ({
      summary:
        `${countOf(passed)} kept ${passed === 1 ? "its" : "their"} model on all ${replicas} replicas ${kept}, ` +
        `${passed === 1 ? "was" : "were"} routed anew after ${after}, and agreed again`,
      evidence: { ...lifetime, tested: judged },
    }),
  });
}

function untested({ register, steps }: JudgedTrial<ExpiryStage>, lifetimeMs: number): string | undefined {
  const [before] = register.settled;
  const after = register.settled.at(-1);
  const isRead = (stage: ExpiryStage, period: typeof before): boolean => {
    return steps.every((step) => step.stage !== stage || (step.period !== undefined && step.period === period));
  };
  if (!isRead("half", before) || !isRead("late", before)) {
    return `its pin may have run out before all replicas were read: answers take long for a life of ${duration(lifetimeMs)}`;
  }
  const renewed = steps.find(({ stage }) => stage === "renewed")?.event?.model;
  if (renewed === before?.model) return "it was asked for the same model again after its end";
  return isRead("agreed", after) ? undefined : "its second pin may have run out before all replicas were read";
}
