import { countConcurrently } from "../common/pool";
import type { Replica } from "../history";
import { pinLifetime, type Lifetime } from "../register";
import type { RunContext } from "../run/context";
import type { PromptChoice } from "../run/plan";
import { newSession } from "../run/play-sessions";
import type { Check, Played } from "../run/check";
import type { Finding } from "../report/report";
import { judgeExpiry, type ExpiryStage } from "./trial/judge-expiry";
import { freshPrefix, PlayedTrial, type Trial } from "./trial/trial";
import { Waiting } from "./trial/waiting";

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
  const plan = { count, prefix: freshPrefix(options, "expiry-") };
  const lifetime = pinLifetime(options.ttlSeconds);
  const trials: Trial<ExpiryStage>[] = [];
  const waiting = new Waiting(run, count, lifetime);
  await countConcurrently(count, count, signal, async (index) => {
    const trial = new PlayedTrial<ExpiryStage>(newSession(plan, index), run);
    trials.push(trial);
    await outlive(trial, replicas, { choice, lifetime, waiting });
  });
  const finding = judgeExpiry(trials, { choice, lifetime, replicas: replicas.length });
  return signal.aborted && finding.verdict !== "fail" ? { ...finding, verdict: "unknown", summary: "interrupted" } : finding;
}

interface Terms {
  readonly choice: PromptChoice;
  readonly lifetime: Lifetime;
  readonly waiting: Waiting;
}

async function outlive(
  trial: PlayedTrial<ExpiryStage>,
  replicas: readonly Replica[],
  { choice, lifetime: { lifetimeMs, toleranceMs }, waiting }: Terms,
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
  if (!(await waiting.until("the read at 50 %", first.sentAt + 0.5 * lifetimeMs))) return;
  await ask("half", replicas, old);
  if (!(await waiting.until("the read at 90 %", first.sentAt + 0.9 * lifetimeMs))) return;
  await ask("late", replicas, old);
  // The pin was written before the answer came, so it is gone then; one millisecond more, to be later.
  if (!(await waiting.until("the end of the pins", first.answeredAt + lifetimeMs + toleranceMs + 1))) return;
  const renewer = at(index + 1);
  const [renewed] = await ask("renewed", [renewer], old);
  const others = replicas.filter((replica) => replica !== renewer);
  await ask("others", others, old);
  await ask("agreed", replicas, renewed ?? old);
}
