import { systemClock } from "../common/clock";
import { reasonOf } from "../common/errors";
import type { Progress } from "../common/progress";
import { HttpClient } from "../http/http-client";
import type { VerifyOptions } from "../options";
import { defaultPrompts } from "../prompts";
import type { CheckReport, Report } from "../report/report";
import { judge } from "../report/verdict";
import type { ConnectedTarget } from "../targets/target";
import { Asker } from "./asker";
import type { Check } from "./check";
import type { RunContext } from "./context";
import { judgeSession } from "./judge-session";
import { choosePrompts } from "./plan";
import { playSessions } from "./play-sessions";
import { ReportDraft } from "./report-draft";
import { RunningChecks, type Instead } from "./run-checks";
import { SessionRecorder, type SessionRecord } from "./session-record";
import { judgeSurvey, surveyPrompts } from "./survey";
import { sessionPrefix } from "./session-prefix";

/** Verifies a target that has been connected: survey, sessions, checks, report. */
export async function runChecks(
  checks: readonly Check[],
  options: VerifyOptions,
  target: ConnectedTarget,
  draft: ReportDraft,
  progress: Progress,
  signal: AbortSignal,
): Promise<Report> {
  // Sessions are played for every check: a lost model is reported whichever checks were asked for.
  const isAsked = ({ id }: { readonly id: string }): boolean => options.checks.includes(id);
  const begun = checks.filter((check) => isAsked(check) || check.alwaysBegun === true);
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
    await using running = await RunningChecks.begin(run, begun);
    const survey = await surveyPrompts(run, options.checks.includes("control"));
    const control = judgeSurvey(survey);
    const playable = control.verdict === "pass" && !options.checks.every((id) => id === "control");
    const plan = { count: playable ? options.sessions : 0, prefix: sessionPrefix(options) };
    const shuffle = options.sessionPrefix === undefined ? undefined : Math.random;
    const choice = choosePrompts(survey, run.replicas.length, shuffle);
    const watchers = running.watchers();
    const recorder = new SessionRecorder();
    const sessions: SessionRecord[] = [];
    await playSessions(run, plan, choice, watchers, (session) => {
      const judgement = judgeSession(session, choice, run.freshnessKnown);
      sessions[session.index] = recorder.record(session, judgement.verdict);
      for (const watcher of watchers) watcher.ended?.(session, judgement, choice);
    });
    const played = { survey, choice, sessions };
    const vacuous = control.verdict === "pass" ? undefined : { reason: `not measured: ${control.summary}`, except: "control" };
    const undisturbed = await running.conclude(played, { disruptive: false, instead: vacuous });
    const changes = signal.aborted ? [] : await changesOf(target);
    const disturbed = await running.conclude(played, { disruptive: true, instead: vacuous ?? broken(undisturbed.checks) });
    const all = [...undisturbed.checks, ...disturbed.checks];
    const seen = all.filter((check) => !isAsked(check) && check.verdict === "fail");
    const reported = [...all.filter(isAsked), ...seen];
    return draft.finish({
      checks: reported,
      replicas: target.replicas,
      sessions: [...sessions, ...undisturbed.sessions, ...disturbed.sessions],
      requests: asker.log.report(),
      judgement: judge(reported, {
        sessions: sessions.length,
        failures: asker.log.failures,
        maxFailedRequests: options.maxFailedRequests,
        changes,
        interrupted: signal.aborted,
      }),
    });
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** A deployment whose affinity is broken already is not disturbed on top of it. */
function broken(checks: readonly CheckReport[]): Instead | undefined {
  const failed = checks.find(({ verdict }) => verdict === "fail");
  return failed === undefined ? undefined : { reason: `the deployment was not disturbed, because ${failed.id} failed` };
}

async function changesOf(target: ConnectedTarget): Promise<readonly string[]> {
  try {
    return await target.changes();
  } catch (error) {
    return [`it could not be looked at again: ${reasonOf(error)}`];
  }
}
