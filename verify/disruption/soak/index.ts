import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { systemClock } from "../../common/clock";
import { Unmeasurable, UsageError } from "../../common/errors";
import type { Progress } from "../../common/progress";
import { safeUrl } from "../../common/safe-url";
import { defaultOptions } from "../../options";
import { defaultPrompts } from "../../prompts";
import type { RunContext } from "../../run/context";
import { choosePrompts } from "../../run/plan";
import { judgeSurvey, paceOf, surveyPrompts } from "../../run/survey";
import { connectTarget } from "../../targets";
import type { ConnectedTarget } from "../../targets/target";
import { defaultLimits, disturbances as allDisturbances, faultRights, prepare, scaleRights, type Limits } from "..";
import { askConsent } from "../consent";
import { puttingBack } from "../put-back";
import { setStage } from "../stage";
import { soakAskers } from "./client";
import { defaultSoak, pacedBy, soakViolations, verifyOptions, type SoakOptions } from "./options";
import { newOutcome, soakReport, type SoakOutcome, type SoakReport } from "./report";
import { disturb } from "./schedule";
import { findService } from "./service";
import { startSoakTraffic } from "./traffic";

export { defaultSoak, type SoakOptions } from "./options";
export { renderSoak } from "./render";
export type { SoakReport } from "./report";

/** What a soak is run against; tests bring their own. */
export interface SoakSubject {
  readonly target: ConnectedTarget;
  /** Address of the service in front of the replicas. */
  readonly serviceUrl: string;
  /** Default: those of the verifier's checks. */
  readonly limits?: Limits;
}

/**
 * Puts a deployment under constant traffic, disturbs it again and again, and reports what became of requests and pins.
 * @returns a report in every case in which the options make sense, also when nothing could be measured
 * @throws UsageError when they do not, with everything that is wrong, or when `confirm` said no
 */
export async function soak(options: SoakOptions, progress: Progress): Promise<SoakReport> {
  const violations = soakViolations(options);
  if (violations.length > 0) throw new UsageError(violations);
  return soakOf(options, progress, async (run, signal) => {
    await using target = await connectTarget(options.target, { concurrency: defaultOptions.concurrency }, progress, signal);
    await run({ target, serviceUrl: options.serviceUrl ?? (await findService(options.target, signal)) });
  });
}

/** @param connect connects with what is to be soaked, and runs the soak against it */
export async function soakOf(
  options: SoakOptions,
  progress: Progress,
  connect: (run: (subject: SoakSubject) => Promise<void>, signal: AbortSignal) => Promise<void>,
): Promise<SoakReport> {
  const signal = AbortSignal.any(options.signal === undefined ? [] : [options.signal]);
  // Many requests wait at once, each of them until the signal comes; that is no leak.
  setMaxListeners(0, signal);
  const begunAt = systemClock.now();
  const outcome = newOutcome();
  try {
    await connect((subject) => measure(options, subject, outcome, signal, progress), signal);
  } catch (error) {
    if (!(error instanceof Unmeasurable)) throw error;
    outcome.problem = error.message;
  }
  outcome.durationMs = Math.round(systemClock.now() - begunAt);
  outcome.interrupted = signal.aborted;
  return soakReport({ ...options, ...outcome.fitted }, outcome);
}

/**
 * Asks for consent, then soaks, and puts everything back.
 * @throws Unmeasurable when nothing was done, with the reason
 */
async function measure(
  options: SoakOptions,
  { target, serviceUrl, limits = defaultLimits }: SoakSubject,
  outcome: SoakOutcome,
  signal: AbortSignal,
  progress: Progress,
): Promise<void> {
  outcome.service = safeUrl(serviceUrl);
  const { replicas } = target;
  if (replicas.length < 2) throw new Unmeasurable("affinity needs two replicas or more, and there are fewer");
  const { confirm, minutes, rate, sessions } = options;
  const recoverWithinSeconds = options.recoverWithinSeconds * replicas.length;
  outcome.fitted = { recoverWithinSeconds };
  const first = `A soak sends ${rate} requests a second of ${sessions} sessions for ${minutes} minutes, through ${outcome.service} and to each pod.`;
  const limit = `Affinity is to be back within ${recoverWithinSeconds} s of Redis.`;
  const confirmDisruption =
    confirm && ((plan: readonly string[]) => confirm([first, limit, "Meanwhile, again and again:", ...plan]));
  using askers = soakAskers(options, target, signal);
  const run: RunContext = {
    options: { ...verifyOptions(options), confirmDisruption },
    ...{ target, replicas, prompts: defaultPrompts, asker: askers.pod, clock: systemClock, signal, progress },
    freshnessKnown: true,
  };
  await askConsent(run.options, target);
  const { disruptable, disturbances, leftOut } = await prepare(run, {
    id: "soak",
    rightsOf: (it) => [...faultRights(it), ...scaleRights(it)],
    wanted: allDisturbances.filter(({ id }) => options.faults.includes(id)),
  });
  const survey = await surveyPrompts(run, true);
  const control = judgeSurvey(survey);
  if (control.verdict !== "pass") throw new Unmeasurable(`not measured: ${control.summary}`);
  const choice = choosePrompts(survey, replicas.length);

  outcome.leftOut = leftOut;
  const perSecond = paceOf(survey, rate);
  // A rate that somebody chose is sent as it is.
  if (rate === defaultSoak.rate && perSecond < rate) {
    const paced = pacedBy(options, perSecond);
    outcome.fitted = { recoverWithinSeconds, ...paced };
    const why = `the deployment answered ${survey.perSecond.toFixed(0)} a second at first; --rate sends more`;
    const pace = `${paced.rate} requests a second of ${paced.sessions} sessions in place of ${rate} of ${sessions}, because ${why}`;
    progress({ phase: `soak: ${pace}` });
    outcome.leftOut = [leftOut, pace].filter((it) => it !== null).join("; ");
  }
  const settings = { ...options, ...outcome.fitted };
  await using stage = setStage(run, disruptable, { choice, survey }, limits, "soak-");
  outcome.leftover = await puttingBack(stage, async () => {
    await using _ = startSoakTraffic({
      ...{ ...settings, ...outcome, run, watch: stage.watch, choice, askers },
      service: { name: "service", url: serviceUrl },
      random: Math.random,
      prefix: `soak-${randomBytes(4).toString("hex")}-`,
    });
    await disturb(stage, settings, disturbances, outcome);
  });
}
