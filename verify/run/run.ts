import { checks as allChecks } from "../checks";
import { judgeSurvey } from "../checks/control";
import { judgeSession } from "../checks/pinning";
import { systemClock } from "../common/clock";
import { reasonOf } from "../common/errors";
import type { Session } from "../history";
import { HttpClient } from "../http/http-client";
import type { VerifyOptions } from "../options";
import { defaultPrompts } from "../prompts";
import type { Report, SessionReport } from "../report/report";
import { judge } from "../report/verdict";
import type { ConnectedTarget } from "../targets/target";
import { Asker } from "./asker";
import type { Progress, RunContext } from "./context";
import { choosePrompts, type PromptChoice } from "./plan";
import { newSessions, playSessions } from "./play-sessions";
import { ReportDraft } from "./report-draft";
import { RunningChecks } from "./run-checks";
import { surveyPrompts } from "./survey";
import { uniquePrefix } from "./unique-prefix";

/** Verifies a target that has been connected: survey, sessions, checks, report. */
export async function runChecks(
  options: VerifyOptions,
  target: ConnectedTarget,
  draft: ReportDraft,
  progress: Progress,
  signal: AbortSignal,
): Promise<Report> {
  const asked = allChecks.filter(({ id }) => options.checks.includes(id));
  if (target.replicas.length < 2) {
    const only = target.replicas[0]?.name;
    const reason = `affinity needs two replicas or more, and there is only one${only === undefined ? "" : `, ${only}`}`;
    return draft.unmeasured(options.checks, reason, target.replicas);
  }
  using client = new HttpClient({ ...options, connectionsPerReplica: target.connectionsPerReplica });
  const onAbort = (): void => client.abort();
  signal.addEventListener("abort", onAbort);
  const asker = new Asker({ ...options, client, clock: systemClock, signal, explain: (replica) => target.explain(replica) });
  const run: RunContext = {
    options,
    target,
    replicas: target.replicas,
    prompts: [...new Set(options.prompts ?? defaultPrompts)],
    asker,
    clock: systemClock,
    signal,
    progress,
    freshnessKnown: options.sessionPrefix === undefined,
  };
  try {
    await using running = await RunningChecks.begin(run, asked);
    const survey = await surveyPrompts(run, options.checks.includes("control"));
    const control = judgeSurvey(survey);
    const onlyControl = options.checks.every((id) => id === "control");
    const sessions =
      control.verdict === "pass" && !onlyControl ? newSessions(options.sessions, options.sessionPrefix ?? uniquePrefix()) : [];
    const shuffle = options.sessionPrefix === undefined ? undefined : Math.random;
    const choice = choosePrompts(survey, run.replicas.length, shuffle);
    await playSessions(run, sessions, choice, running.watchers());
    const instead = signal.aborted
      ? { reason: "interrupted", except: "" }
      : control.verdict === "pass"
        ? undefined
        : { reason: `not measured: ${control.summary}`, except: "control" };
    const checks = await running.conclude({ survey, choice, sessions }, instead);
    return draft.finish({
      checks,
      replicas: target.replicas,
      sessions: sessions.map((session) => reportSession(session, choice)),
      requests: asker.log.report(),
      judgement: judge(checks, {
        sessions: sessions.length,
        unanswered: asker.unanswered,
        changes: signal.aborted ? [] : await changesOf(target),
        interrupted: signal.aborted,
      }),
    });
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function changesOf(target: ConnectedTarget): Promise<readonly string[]> {
  try {
    return await target.changes();
  } catch (error) {
    return [`it could not be looked at again: ${reasonOf(error)}`];
  }
}

function reportSession(session: Session, choice: PromptChoice): SessionReport {
  const models = session.exchanges.map(({ answer }) => (answer.kind === "model" ? answer.model : null));
  return {
    id: session.id,
    verdict: judgeSession(session, choice).verdict,
    model: models[0] ?? null,
    route: session.route,
    models,
    replicas: session.exchanges.map(({ replica }) => replica.name),
    ttlSeconds: session.ttlSeconds,
  };
}
