import { randomBytes } from "node:crypto";
import type { Clock } from "../../common/clock";
import { Unmeasurable } from "../../common/errors";
import { safeUrl } from "../../common/safe-url";
import { askConsent } from "../consent";
import { DeploymentWatch } from "../deployment-watch";
import { defaultLimits, type Limits } from "../limits";
import { puttingBack } from "../put-back";
import { setStage, type Stage } from "../stage";
import { prepare } from "../trial";
import { defaultPrompts } from "../../prompts";
import { pinLifetime } from "../../register";
import type { Progress } from "../../common/progress";
import type { RunContext } from "../../run/context";
import { choosePrompts, type PromptChoice } from "../../run/plan";
import { judgeSurvey, surveyPrompts } from "../../run/survey";
import type { ConnectedTarget } from "../../targets/target";
import { mostAtOnce, SoakClient } from "./ask";
import type { ConductedFault } from "./conduct";
import { disturb } from "./disturb";
import type { SoakDraft } from "./draft";
import { possibleFaults, soakRights } from "./faults";
import { LiveSessions } from "./live-sessions";
import { verifyOptions, type SoakOptions } from "./options";
import { seededRandom } from "./random";
import type { SoakReport } from "./report";
import { Tally } from "./tally";
import { SoakTraffic } from "./traffic";
import { UsageWatch } from "./usage";
import { Windows } from "./windows";

/** Time between two samples of the process' own use, in milliseconds. */
const usageIntervalMs = 5_000;

export interface SoakRun {
  readonly options: SoakOptions;
  readonly target: ConnectedTarget;
  readonly serviceUrl: string;
  readonly draft: SoakDraft;
  readonly progress: Progress;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Default: those of the verifier's checks. */
  readonly limits?: Limits;
}

/**
 * Asks for consent, then soaks, and puts everything back.
 * @throws Unmeasurable when nothing was done, with the reason
 */
export async function runSoak(soak: SoakRun): Promise<SoakReport> {
  const { options, target, serviceUrl, draft, progress, clock, signal, limits = defaultLimits } = soak;
  draft.service = safeUrl(serviceUrl);
  if (target.replicas.length < 2) throw new Unmeasurable("affinity needs two replicas or more, and there are fewer");
  const { connectionsPerReplica } = target;
  const explain = target.explain.bind(target);
  using client = new SoakClient({ ...options, connectionsPerReplica, mostAtOnce: mostAtOnce(options), signal, explain });
  const run: RunContext = {
    options: { ...verifyOptions(options), confirmDisruption: confirmation(options, serviceUrl) },
    target,
    replicas: target.replicas,
    prompts: defaultPrompts,
    asker: client.probe,
    clock,
    signal,
    progress,
    freshnessKnown: true,
  };
  const disruptable = await prepare(run, "soak", soakRights);
  await askConsent(run.options, target);
  const survey = await surveyPrompts(run, true);
  const control = judgeSurvey(survey);
  if (control.verdict !== "pass") throw new Unmeasurable(`not measured: ${control.summary}`);
  const choice = choosePrompts(survey, target.replicas.length);
  const stage = setStage(run, disruptable, { survey, choice, sessions: [] }, limits, "soak-");
  // Not the promise itself: the client is to outlive it.
  return await soakStage(soak, stage, client, choice);
}

async function soakStage(
  { options, serviceUrl, draft, clock, signal }: SoakRun,
  stage: Stage,
  client: SoakClient,
  choice: PromptChoice,
): Promise<SoakReport> {
  const { disruptable, limits, begunAt } = stage;
  const { sessions, minutes, seed, rate, ttlSeconds } = options;
  const { lifetimeMs, toleranceMs } = pinLifetime(ttlSeconds);
  const [tally, live, windows] = [new Tally(), new LiveSessions(), new Windows()];
  const faults: ConductedFault[] = [];
  const possible = possibleFaults(options.faults, disruptable);
  const { redis } = disruptable.workload;
  const leftOut =
    possible.length < options.faults.length && "leftOut" in redis ? `Redis' faults were left out: ${redis.leftOut}` : undefined;
  let allLiveAt: number | undefined;
  await using usage = new UsageWatch(clock, usageIntervalMs);
  const { leftover } = await puttingBack(disruptable, limits, async () => {
    // What a run left behind that was killed.
    if (disruptable.workload.leftover !== undefined) await disruptable.putBack(signal);
    await using watch = new DeploymentWatch(disruptable, clock, limits.intervalMs, signal);
    await using traffic = new SoakTraffic({
      clock,
      signal,
      // Not the numbers that order the faults.
      random: seededRandom(seed + 1),
      ask: client.ask,
      choice,
      watch,
      service: { name: "service", url: serviceUrl },
      live,
      tally,
      windows,
      sessions,
      prefix: `soak-${randomBytes(4).toString("hex")}-`,
      lifeMs: lifetimeMs - toleranceMs,
      rate,
      mostAtOnce: mostAtOnce(options),
    });
    const over = (fault: ConductedFault): void => void faults.push(fault);
    const allLive = (at: number): void => void (allLiveAt = at);
    await disturb({ stage, watch, windows, live, sessions, minutes, seed, faults: possible, over, allLive });
    await traffic.stop();
  });
  const runningFromMs = (allLiveAt ?? clock.now()) - begunAt;
  const interrupted = signal.aborted;
  const outcome = { tally, live, faults, begunAt, allLiveAt, leftOut, leftover, interrupted };
  return draft.finish({ ...outcome, usage: usage.report(runningFromMs) });
}

function confirmation({ confirm, minutes, rate, sessions }: SoakOptions, serviceUrl: string) {
  if (confirm === undefined) return undefined;
  const first = `A soak sends ${rate} requests a second of ${sessions} sessions for ${minutes} minutes, through ${safeUrl(serviceUrl)} and to each pod.`;
  return (plan: readonly string[]): Promise<boolean> => confirm([first, "Meanwhile, again and again:", ...plan]);
}
