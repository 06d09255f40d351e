import { systemClock } from "../common/clock";
import { forEachConcurrently } from "../common/pool";
import type { Answer } from "../history";
import { HttpClient } from "../http/http-client";
import type { UrlTarget, VerifyOptions } from "../options";
import { defaultPrompts } from "../prompts";
import type { CheckReport, Report } from "../report/report";
import { Asker } from "./asker";
import type { Progress } from "../common/progress";
import { newSession } from "./play-sessions";
import { ReportDraft } from "./report-draft";
import { sessionPrefix } from "./session-prefix";

const smokeReason = "a smoke test proves nothing about replicas";

/** Plays sessions through a load balancer and shows the model of each request. */
export async function runSmoke(
  options: VerifyOptions,
  target: UrlTarget,
  draft: ReportDraft,
  progress: Progress,
  signal: AbortSignal,
): Promise<Report> {
  using client = new HttpClient({ ...options, connectionsPerReplica: options.concurrency });
  const onAbort = (): void => client.abort();
  signal.addEventListener("abort", onAbort);
  const asker = new Asker({ ...options, client, clock: systemClock, signal });
  const replica = { name: "url", url: target.url };
  const prompts = options.prompts ?? defaultPrompts;
  const plan = { count: options.sessions, prefix: sessionPrefix(options) };
  const sessions = Array.from({ length: plan.count }, (_, index) => newSession(plan, index));
  const answers = new Map<string, Answer[]>();
  const startedAt = systemClock.now();
  const phase = `smoke test: ${sessions.length} × ${options.rounds} rounds`;
  progress({ phase });
  try {
    await forEachConcurrently(sessions, options.concurrency, signal, async ({ id, index }) => {
      const answered: Answer[] = [];
      answers.set(id, answered);
      for (let round = 0; round < options.rounds && !signal.aborted; round++) {
        const prompt = prompts[(index + round) % prompts.length] as string;
        answered.push((await asker.ask({ replica, prompt, session: id, round })).answer);
        progress({ phase, done: answers.size, total: sessions.length });
      }
    });
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
  return draft.finish({
    judgement: { verdict: "unknown", reason: signal.aborted ? "interrupted" : smokeReason },
    checks: [
      { ...judgeSmoke([...answers.values()].flat(), signal.aborted), durationMs: Math.round(systemClock.now() - startedAt) },
    ],
    replicas: [replica],
    sessions: sessions.map(({ id }) => {
      const models = (answers.get(id) ?? []).map((answer) => (answer.kind === "model" ? answer.model : null));
      return {
        id,
        verdict: "unknown",
        model: models[0] ?? null,
        route: null,
        models,
        replicas: models.map(() => replica.name),
        ttlSeconds: null,
      };
    }),
    requests: asker.log.report(),
  });
}

function judgeSmoke(answers: readonly Answer[], interrupted: boolean): Omit<CheckReport, "durationMs"> {
  const failures = answers.flatMap((answer) => (answer.kind === "failure" ? [answer.reason] : []));
  const models = [...new Set(answers.flatMap((answer) => (answer.kind === "model" ? [answer.model] : [])))].sort();
  const found = {
    id: "smoke",
    evidence: { answered: answers.length - failures.length, models, failures: failures.slice(0, 20) },
  };
  if (interrupted) return { ...found, verdict: "unknown", summary: "interrupted" };
  if (failures.length > 0) {
    return {
      ...found,
      verdict: "fail",
      summary: `${failures.length} of ${answers.length} requests were not answered, e.g. ${failures[0]}`,
    };
  }
  return { ...found, verdict: "pass", summary: `all ${answers.length} requests were answered, by ${models.join(", ")}` };
}
