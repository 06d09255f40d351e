import { disruptiveChecks } from "../check-ids";
import { systemClock } from "../common/clock";
import { reasonOf } from "../common/errors";
import type { Progress } from "../common/progress";
import { contractOf } from "../contracts";
import { HttpClient } from "../http/http-client";
import type { VerifyOptions } from "../options";
import { defaultPrompts } from "../prompts";
import type { CheckReport, Report, SessionReport } from "../report/report";
import { judge } from "../report/verdict";
import type { ConnectedTarget } from "../targets/target";
import { Asker } from "./asker";
import { beginGuarded, type Check } from "./check";
import type { RunContext } from "./context";
import { judgeSession } from "./judge-session";
import { choosePrompts } from "./plan";
import { playSessions, recordOf, sessionPrefix, type SessionRecord } from "./play-sessions";
import type { ReportDraft } from "./report-draft";
import { judgeTargets, sessionsForOdds, surveyTargets, unevenHistories } from "./session-targets";
import { judgeSurvey, surveyPrompts } from "./survey";

/** Verifies a target that has been connected: survey, sessions, checks, report. */
export async function runChecks(
  checks: readonly Check[],
  options: VerifyOptions,
  target: ConnectedTarget,
  draft: ReportDraft,
  progress: Progress,
  signal: AbortSignal,
): Promise<Report> {
  const { replicas } = target;
  if (replicas.length < 2) {
    const only = replicas[0] === undefined ? "" : `, ${replicas[0].name}`;
    return draft.unmeasured(options.checks, `affinity needs two replicas or more, and there is only one${only}`, replicas);
  }
  const { connectionsPerReplica, behind } = target;
  using client = new HttpClient({ ...options, connectionsPerReplica, freshConnections: behind !== undefined, signal });
  const asker = new Asker({ ...options, client, clock: systemClock, signal, explain: (replica) => target.explain(replica) });
  const prompts = [...new Set(options.prompts ?? defaultPrompts)];
  const freshnessKnown = options.sessionPrefix === undefined;
  const run: RunContext = { options, target, replicas, prompts, asker, clock: systemClock, signal, progress, freshnessKnown };
  // Sessions are played for every check: a lost model is reported whichever checks were asked for.
  const isAsked = ({ id }: { readonly id: string }): boolean => options.checks.includes(id);
  const begun = checks.filter((check) => isAsked(check) || check.alwaysBegun === true);
  const beginnings = await Promise.allSettled(begun.map((check) => beginGuarded(run, check)));
  const guarded = beginnings.flatMap((it) => (it.status === "fulfilled" ? [it.value] : []));
  try {
    for (const it of beginnings) if (it.status === "rejected") throw it.reason;
    const bySession = contractOf(options).routing === "session" ? await surveyTargets(run) : undefined;
    const survey = bySession ?? (await surveyPrompts(run, options.checks.includes("control")));
    const control = bySession === undefined ? judgeSurvey(survey) : judgeTargets(bySession);
    const playable = control.verdict === "pass" && !options.checks.every((id) => id === "control");
    const count = bySession === undefined ? options.sessions : sessionsForOdds(bySession.targets, options.sessions);
    const beforeReader = bySession && unevenHistories(run, bySession.targets);
    const plan = { count: playable ? count : 0, prefix: sessionPrefix(options), beforeReader };
    const choice = choosePrompts(survey, replicas.length, freshnessKnown ? undefined : Math.random);
    const shared: SessionRecord[] = [];
    const playTo = (count: number): Promise<void> =>
      playSessions(run, { ...plan, played: shared.length, count }, choice, guarded, (session) => {
        const judgement = judgeSession(session, choice, run.freshnessKnown);
        shared[session.index] = recordOf(session, judgement.verdict);
        for (const check of guarded) check.ended(session, judgement, choice);
      });
    await playTo(plan.count);

    const played = { survey, control, choice, sessions: shared, playTo };
    const concluded: CheckReport[] = [];
    const own: SessionReport[] = [];
    const conclude = async (disruptive: boolean, instead?: string): Promise<void> => {
      for (const check of guarded) {
        if (disruptiveChecks.some((id) => id === check.id) !== disruptive) continue;
        const [report, sessions] = await check.conclude(played, check.id === "control" ? undefined : instead);
        concluded.push(report);
        own.push(...sessions);
      }
    };
    const vacuous = control.verdict === "pass" ? undefined : `not measured: ${control.summary}`;
    await conclude(false, vacuous);
    const unseen = (error: unknown): readonly string[] => [`it could not be looked at again: ${reasonOf(error)}`];
    const changes = signal.aborted ? [] : await target.changes().catch(unseen);
    // A deployment whose affinity is broken already is not disturbed on top of it.
    const failed = concluded.find(({ verdict }) => verdict === "fail");
    await conclude(true, vacuous ?? (failed && `the deployment was not disturbed, because ${failed.id} failed`));
    const unasked = concluded.filter((check) => !isAsked(check) && check.verdict === "fail");
    const reported = [...concluded.filter(isAsked), ...unasked];
    return draft.finish({
      checks: reported,
      replicas: behind !== undefined && behind.length > 0 ? behind : [...new Set(replicas)],
      sessions: [...shared, ...own],
      requests: asker.log.report(),
      judgement: judge(reported, {
        sessions: shared.length,
        failures: asker.log.failures,
        maxFailedRequests: options.maxFailedRequests,
        changes,
        interrupted: signal.aborted,
      }),
    });
  } finally {
    await Promise.allSettled(guarded.map((check) => check[Symbol.asyncDispose]()));
  }
}
