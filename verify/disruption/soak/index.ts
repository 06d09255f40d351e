import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { systemClock } from "../../common/clock";
import { Unmeasurable, UsageError } from "../../common/errors";
import { safeUrl } from "../../common/safe-url";
import { defaultLimits, faultRights, prepare, scaleRights, type Limits } from "..";
import { askConsent } from "../consent";
import type { EventReport } from "../event";
import { possibleFaults } from "../faults";
import { puttingBack } from "../put-back";
import { Stage } from "../stage";
import { defaultOptions } from "../../options";
import { defaultPrompts } from "../../prompts";
import type { Progress } from "../../common/progress";
import type { RunContext } from "../../run/context";
import { choosePrompts } from "../../run/plan";
import { judgeSurvey, surveyPrompts } from "../../run/survey";
import { connectTarget, describeTarget } from "../../targets";
import type { ConnectedTarget } from "../../targets/target";
import { SoakClient } from "./client";
import { soakViolations, verifyOptions, type SoakOptions } from "./options";
import { seededRandom } from "./random";
import { soakReport, type SoakReport } from "./report";
import { disturb } from "./schedule";
import { findService } from "./service";
import { LiveSessions } from "./sessions";
import { Tally } from "./tally";
import { startSoakTraffic } from "./traffic";
import { UsageWatch } from "./usage";
import type { SoakOutcome } from "./verdict";
import { Windows } from "./windows";

export { defaultSoak, type SoakOptions } from "./options";
export { renderSoak, soakPage } from "./render";
export { soakExitCode, type SoakReport } from "./report";

/** Time between two samples of the process' own use, in milliseconds. */
const usageIntervalMs = 5_000;

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
export async function soak(options: SoakOptions, progress: Progress = () => undefined): Promise<SoakReport> {
  const violations = soakViolations(options);
  if (violations.length > 0) throw new UsageError(violations);
  return reporting(options, async (signal, run) => {
    await using target = await connectTarget(options.target, { concurrency: defaultOptions.concurrency }, progress, signal);
    const serviceUrl = options.serviceUrl ?? (await findService(options.target, signal));
    return await run({ target, serviceUrl }, progress);
  });
}

/** The same against a target that has been connected. */
export function soakSubject(
  options: SoakOptions,
  subject: SoakSubject,
  progress: Progress = () => undefined,
): Promise<SoakReport> {
  return reporting(options, (_, run) => run(subject, progress));
}

type Run = (subject: SoakSubject, progress: Progress) => Promise<SoakOutcome>;

async function reporting(
  options: SoakOptions,
  work: (signal: AbortSignal, run: Run) => Promise<SoakOutcome>,
): Promise<SoakReport> {
  const signal = AbortSignal.any(options.signal === undefined ? [] : [options.signal]);
  // Many requests wait at once, each of them until the signal comes; that is no leak.
  setMaxListeners(0, signal);
  const begunAt = systemClock.now();
  const head = { startedAt: new Date().toISOString(), target: describeTarget(options.target), service: "" };
  const run: Run = (subject, progress) => {
    head.service = safeUrl(subject.serviceUrl);
    return soakConnected(options, subject, signal, progress);
  };
  const outcome = await work(signal, run).catch((error: unknown) => {
    if (error instanceof Unmeasurable) return error.message;
    throw error;
  });
  return soakReport(head, options, Math.round(systemClock.now() - begunAt), signal.aborted, outcome);
}

/**
 * Asks for consent, then soaks, and puts everything back.
 * @throws Unmeasurable when nothing was done, with the reason
 */
async function soakConnected(
  options: SoakOptions,
  { target, serviceUrl, limits = defaultLimits }: SoakSubject,
  signal: AbortSignal,
  progress: Progress,
): Promise<SoakOutcome> {
  const { replicas, connectionsPerReplica } = target;
  if (replicas.length < 2) throw new Unmeasurable("affinity needs two replicas or more, and there are fewer");
  using client = new SoakClient({ ...options, connectionsPerReplica, signal, explain: (replica) => target.explain(replica) });
  const run: RunContext = {
    options: { ...verifyOptions(options), confirmDisruption: confirmation(options, serviceUrl) },
    ...{ target, replicas, prompts: defaultPrompts, asker: client.pods, clock: systemClock, signal, progress },
    freshnessKnown: true,
  };
  const disruptable = await prepare(run, "soak", (it) => [...faultRights, ...scaleRights(it)]);
  await askConsent(run.options, target);
  const survey = await surveyPrompts(run, true);
  const control = judgeSurvey(survey);
  if (control.verdict !== "pass") throw new Unmeasurable(`not measured: ${control.summary}`);
  const choice = choosePrompts(survey, replicas.length);

  const [tally, live, windows] = [new Tally(), new LiveSessions(), new Windows()];
  const faults: EventReport[] = [];
  const wanted = possibleFaults(options.faults, disruptable);
  const { redis } = disruptable.workload;
  const isLeftOut = wanted.length < options.faults.length && "leftOut" in redis;
  let skipped = 0;
  await using usage = new UsageWatch(systemClock, usageIntervalMs);
  await using stage = new Stage(run, disruptable, choice, limits, "soak-");
  const leftover = await puttingBack(stage, async () => {
    await using traffic = startSoakTraffic({
      ...{ ...options, run, watch: stage.watch, choice, live, tally, windows },
      ask: { pod: (question) => client.pods.ask(question), service: (question) => client.service.ask(question) },
      service: { name: "service", url: serviceUrl },
      // Not the numbers that order the faults.
      random: seededRandom(options.seed + 1),
      prefix: `soak-${randomBytes(4).toString("hex")}-`,
    });
    await disturb(stage, options, wanted, live, windows, faults);
    await traffic.stop();
    skipped = traffic.skipped;
  });
  const leftOut = isLeftOut ? `Redis' faults were left out: ${redis.leftOut}` : undefined;
  return { tally, live, faults, skipped, leftOut, leftover, usage: usage.report(live.allLiveMs ?? stage.elapsedMs()) };
}

function confirmation(
  { confirm, minutes, rate, sessions }: SoakOptions,
  serviceUrl: string,
): RunContext["options"]["confirmDisruption"] {
  if (confirm === undefined) return undefined;
  const first = `A soak sends ${rate} requests a second of ${sessions} sessions for ${minutes} minutes, through ${safeUrl(serviceUrl)} and to each pod.`;
  return (plan) => confirm([first, "Meanwhile, again and again:", ...plan]);
}
