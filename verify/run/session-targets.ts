import { forEachConcurrently } from "../common/pool";
import type { Replica } from "../history";
import type { Finding } from "../report/report";
import type { RunContext } from "./context";
import { sessionPrefix } from "./play-sessions";
import type { Survey, Targets } from "./survey";

/** Sessions that each replica is first given for itself: their targets are a sample of how it spreads them. */
const ownSessions = 32;

/** Without affinity a gateway is to pass by luck less than once in so many runs. */
const wantedOdds = 1e6;

/** A run that would need more sessions for that gets them only where the options say so. */
const mostSessions = 200;

/** Begins sessions that no other replica is asked about. Their ids are new in each run. */
function beginOwn(run: RunContext) {
  const prefix = sessionPrefix(run.options, "own-");
  let count = 0;
  return (replica: Replica) => {
    const prompt = run.prompts[count % run.prompts.length] as string;
    return run.asker.ask({ replica, prompt, session: `${prefix}${++count}` });
  };
}

/** The survey of a gateway that routes by session: each replica is given sessions of its own. */
export async function surveyTargets(run: RunContext): Promise<Survey & { readonly targets: Targets }> {
  const { replicas, prompts, options, signal } = run;
  run.progress({ phase: `control: ${ownSessions} sessions of each replica's own` });
  const begin = beginOwn(run);
  const targets = new Map(replicas.map(({ name }) => [name, new Map<string, number>()]));
  const failures = new Map<Replica, string>();
  const asked = Array.from({ length: ownSessions }, () => replicas).flat();
  await forEachConcurrently(asked, options.concurrency, signal, async (replica) => {
    const { answer } = await begin(replica);
    const counts = targets.get(replica.name);
    if (answer.kind === "model") counts?.set(answer.model, (counts.get(answer.model) ?? 0) + 1);
    else failures.set(replica, answer.reason);
  });
  return {
    prompts: prompts.map((prompt) => ({ prompt, model: null, answers: [] })),
    models: Object.keys(totals(targets)).sort(),
    silent: [...failures].flatMap(([replica, reason]) => (targets.get(replica.name)?.size === 0 ? [{ replica, reason }] : [])),
    perSecond: 0,
    targets,
  };
}

/** Of all replicas together. */
function totals(targets: Targets): Record<string, number> {
  const all = [...targets.values()].flatMap((counts) => [...counts]);
  const sums = new Map<string, number>();
  for (const [target, count] of all) sums.set(target, (sums.get(target) ?? 0) + count);
  return Object.fromEntries(sums);
}

/** Pure: whether every replica sends different sessions to different targets. */
export function judgeTargets({ targets, silent }: Pick<Survey, "silent"> & { readonly targets: Targets }): Finding {
  const seen = Object.entries(totals(targets)).sort(([a], [b]) => (a < b ? -1 : 1));
  const evidence = { targets: Object.fromEntries([...targets].map(([name, counts]) => [name, Object.fromEntries(counts)])) };
  const unknown = (summary: string): Finding => ({ verdict: "unknown", summary, evidence });
  if (silent.length > 0) {
    return unknown(silent.map(({ replica, reason }) => `replica ${replica.name} did not answer: ${reason}`).join("; "));
  }
  for (const [name, counts] of targets) {
    const [[target, count] = ["no target", 0]] = counts;
    if (counts.size < 2)
      return unknown(`all ${count} sessions of replica ${name} got ${target}, so any affinity would look right`);
  }
  const sessions = seen.reduce((sum, [, count]) => sum + count, 0);
  const shares = seen.map(([target, count]) => `${target} ${count}×`).join(", ");
  const summary = `${sessions} sessions, each of one replica's own, were sent to ${seen.length} targets (${shares})`;
  return { verdict: "pass", summary, evidence };
}

/**
 * Pure: the chance, at most, that a session passes by luck with replicas that share no affinity.
 *
 * - Where they choose independently, two agree by the sum of the squares of the targets' shares. (If these differ between
 *   replicas, the most uneven one has the greatest sum.)
 * - Where each gives `k` targets sessions in turn, or takes the least loaded one and a hash of the session where several are
 *   that: a replica has 1 to `k` targets left in its turn, each as likely ({@link unevenHistories}), and agrees only if the
 *   session's target is one of them, by (k + 1) / 2k.
 *
 * A session counts once, however often it is read: its reader's own memory makes later answers equal to the first.
 */
function luckOf(targets: Targets): number {
  const lucks = [...targets.values()].map((counts) => {
    const sessions = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const [top = 1, ...others] = [...counts.values()].map((count) => count / sessions).sort((a, b) => b - a);
    // A sample may be more even than the gateway: the most frequent target has the upper end of Wilson's interval, for z = 2.
    const error = 2 * Math.sqrt((top * (1 - top)) / sessions + 1 / sessions ** 2);
    const most = (top + 2 / sessions + error) / (1 + 4 / sessions);
    const rest = others.map((share) => (share * (1 - most)) / (1 - top));
    const independent = [most, ...rest].reduce((sum, share) => sum + share ** 2, 0);
    return Math.max(independent, (counts.size + 1) / (2 * counts.size));
  });
  return Math.max(...lucks);
}

/** Pure: how many sessions are to be played for the wanted odds; at least those of the options. */
export function sessionsForOdds(targets: Targets, wanted: number): number {
  const needed = Math.ceil(-Math.log(wantedOdds) / Math.log(luckOf(targets)));
  return needed > mostSessions ? wanted : Math.max(wanted, needed);
}

/**
 * Pure: in how many runs a gateway whose replicas share no affinity passes once by luck.
 * @returns also in words, and how many times as many sessions the wanted odds take: enough were played where that is 1 or less
 */
export function oddsAgainstLuck(targets: Targets, passed: number) {
  const log = -passed * Math.log(luckOf(targets));
  const odds = Math.min(1e12, Math.exp(log));
  const digit = 10 ** Math.floor(Math.log10(odds));
  const inWords = `1 of ${(Math.floor(odds / digit) * digit).toLocaleString("en-US")} runs`;
  return { odds, inWords, lacking: Math.log(wantedOdds) / log };
}

/**
 * Gives a replica, just before it is first asked about a session of another one, a random number of sessions of its own, so
 * that equal histories do not pass for shared ones: where in its turn it is says nothing of the others, nor of earlier sessions.
 */
export function unevenHistories(run: RunContext, targets: Targets) {
  const begin = beginOwn(run);
  return async (replica: Replica): Promise<void> => {
    const turns = Math.floor(Math.random() * (targets.get(replica.name)?.size ?? 1));
    for (let i = 0; i < turns; i++) await begin(replica);
  };
}
