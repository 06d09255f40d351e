import { systemClock } from "../common/clock";
import { forEachConcurrently } from "../common/pool";
import type { Answer } from "../history";
import { HttpClient } from "../http/http-client";
import type { UrlTarget, VerifyOptions } from "../options";
import { defaultPrompts } from "../prompts";
import type { CheckReport, Report, Verdict } from "../report/report";
import { Asker } from "./asker";
import type { Progress } from "../common/progress";
import { newSession, recordOf, sessionPrefix } from "./play-sessions";
import type { ReportDraft } from "./report-draft";

const smokeReason = "a smoke test proves nothing about replicas";

export async function runSmoke(
  options: VerifyOptions,
  target: UrlTarget,
  draft: ReportDraft,
  progress: Progress,
  signal: AbortSignal,
): Promise<Report> {
  using client = new HttpClient({ ...options, connectionsPerReplica: options.concurrency, signal });
  const asker = new Asker({ ...options, client, clock: systemClock, signal });
  const replica = { name: "url", url: target.url };
  const prompts = options.prompts ?? defaultPrompts;
  const plan = { count: options.sessions, prefix: sessionPrefix(options) };
  const sessions = Array.from({ length: plan.count }, (_, index) => newSession(plan, index));
  let begun = 0;
  const startedAt = systemClock.now();
  const phase = `smoke test: ${sessions.length} × ${options.rounds} rounds`;
  progress({ phase });
  await forEachConcurrently(sessions, options.concurrency, signal, async ({ id, index, exchanges }) => {
    begun++;
    for (let round = 0; round < options.rounds && !signal.aborted; round++) {
      const prompt = prompts[(index + round) % prompts.length] as string;
      exchanges.push(await asker.ask({ replica, prompt, session: id, round }));
      progress({ phase, done: begun, total: sessions.length });
    }
  });
  const answers = sessions.flatMap(({ exchanges }) => exchanges.map(({ answer }) => answer));
  const durationMs = Math.round(systemClock.now() - startedAt);
  return draft.finish({
    judgement: { verdict: "unknown", reason: signal.aborted ? "interrupted" : smokeReason },
    checks: [{ ...judgeSmoke(answers, signal.aborted), durationMs }],
    replicas: [replica],
    sessions: sessions.map((session) => recordOf(session, "unknown")),
    requests: asker.log.report(),
  });
}

function judgeSmoke(answers: readonly Answer[], interrupted: boolean): Omit<CheckReport, "durationMs"> {
  const failures = answers.flatMap((answer) => (answer.kind === "failure" ? [answer.reason] : []));
  const models = [...new Set(answers.flatMap((answer) => (answer.kind === "model" ? [answer.model] : [])))].sort();
  const evidence = { answered: answers.length - failures.length, models, failures: failures.slice(0, 20) };
  const found = (verdict: Verdict, summary: string) => ({ id: "smoke", verdict, summary, evidence });
  if (interrupted) return found("unknown", "interrupted");
  const all = answers.length;
  if (failures.length > 0) return found("fail", `${failures.length} of ${all} requests were not answered, e.g. ${failures[0]}`);
  return found("pass", `all ${all} requests were answered, by ${models.join(", ")}`);
}
