import { Unmeasurable } from "../common/errors";
import type { RunContext } from "../run/context";
import type { PromptChoice } from "../run/plan";
import { SessionRecorder } from "../run/session-record";
import type { Disruptable, Right } from "../targets/disruptable";
import { calm, landing, recovery, whyNot } from "./course";
import type { Disturbance } from "./disturbance";
import { conduct } from "./event";
import { rollout } from "./faults";
import { judgePins } from "./judge";
import { leastLifeSeconds, type Limits } from "./limits";
import { puttingBack } from "./put-back";
import { Stage } from "./stage";
import type { Finding } from "../report/report";
import { findingOf, type EventOutcome } from "./summary";
import { startPinTraffic, type PinTraffic } from "./traffic";

/** What a check that disturbs the deployment consists of. */
export interface Trial {
  readonly id: string;
  readonly disturbances: readonly Disturbance[];
  /** What is left out, and why; undefined when nothing is. */
  readonly leftOut?: string;
  /** Beginning of the sentence for a pass. */
  readonly passed: string;
}

/**
 * Finds what may be disturbed, and whether we may. Changes nothing.
 * @throws Unmeasurable
 */
export async function prepare(
  { options, target }: RunContext,
  check: string,
  rightsOf: (disruptable: Disruptable) => readonly Right[],
): Promise<Disruptable> {
  if (options.allowDisruption !== true || target.disruptable === undefined) {
    throw new Unmeasurable(`${check} may not disturb this target`);
  }
  if (options.ttlSeconds < leastLifeSeconds) {
    throw new Unmeasurable(
      `nothing was disturbed: a pin lives only ${options.ttlSeconds} s (--ttl), too short to outlive a recovery; ` +
        `${leastLifeSeconds} s are needed`,
    );
  }
  const disruptable = await target.disruptable(options.checks.includes("scale"));
  const missing = await disruptable.missingRights(rightsOf(disruptable));
  if (missing.length > 0) {
    const rights = missing.map(({ verb, resource, group }) => `${verb} ${resource}${group === "" ? "" : `.${group}`}`);
    throw new Unmeasurable(
      `nothing was disturbed: in namespace ${disruptable.workload.namespace} we may not ${rights.join(", ")} ` +
        "(the rights that it takes are in docs/verifier.md)",
    );
  }
  return disruptable;
}

/** Brings about one disturbance after another, until one does not end well, and puts the deployment back. */
export async function conductTrial(
  run: RunContext,
  { choice }: { readonly choice: PromptChoice },
  disruptable: Disruptable,
  { id, disturbances, leftOut, passed }: Trial,
  limits: Limits,
): Promise<Finding> {
  await using stage = new Stage(run, disruptable, choice, limits, `${id}-`);
  const outcomes: EventOutcome[] = [];
  let mended: string | undefined;
  const leftover = await puttingBack(stage, async () => {
    for (const [i, disturbance] of disturbances.entries()) {
      run.progress({ phase: `${id}: ${disturbance.title}`, done: i, total: disturbances.length });
      const { outcome, unshared } = await conductWithTraffic(stage, disturbance);
      outcomes.push(outcome);
      if (outcome.event.verdict === "pass") continue;
      if (unshared && !run.signal.aborted) mended = (await fixByRollout(stage)).summary;
      break;
    }
  });
  const notBegun = disturbances.slice(outcomes.length).map(({ title }) => title);
  return findingOf({ outcomes, notBegun, leftOut, mended, leftover, passed, durationMs: stage.elapsedMs() });
}

/** Every other one of the old pins is used while the deployment is disturbed. */
async function conductWithTraffic(
  stage: Stage,
  disturbance: Disturbance,
): Promise<{ readonly outcome: EventOutcome; readonly unshared: boolean }> {
  let meanwhile: PinTraffic | undefined;
  const { event, judgements, unshared } = await conduct(stage, disturbance, {
    async before(old, replicas, expected) {
      const lost = (): string => "a pin was lost before anything was disturbed";
      const broken = await judgePins(stage.pins, old, replicas, { expected, lost });
      if (broken !== undefined) return broken;
      const asked = old.filter((_, i) => i % 2 === 0);
      meanwhile = startPinTraffic(stage, asked);
      return undefined;
    },
    after: async () => meanwhile?.traffic.stop(),
    // Requests that find Redis away may pin their session again when it is back.
    lost: (pin) => `a pin of before${meanwhile?.sessions.includes(pin) ? ", in use meanwhile," : ""} was lost`,
  });
  const recorder = new SessionRecorder();
  const sessions = judgements.map(({ pin, verdict }) => recorder.record(pin.session, verdict));
  const requests = meanwhile?.count ?? { total: 0, lost: 0, misrouted: 0 };
  return { outcome: { event: { ...event, requests }, sessions }, unshared };
}

/**
 * Rolls a deployment whose replicas no longer share sessions: new processes connect to Redis again.
 * @returns whether that helped, and what came of it, in one clause
 */
export async function fixByRollout(stage: Stage): Promise<{ readonly fixed: boolean; readonly summary: string }> {
  const { run, disruptable, watch } = stage;
  run.progress({ phase: "fixing it by a rollout" });
  try {
    const remedy = rollout(disruptable);
    const before = await calm(stage, "all replicas were ready before the rollout that should fix it");
    const inflicted = await remedy.inflict(watch, before);
    await landing(stage, remedy, inflicted);
    const failure = await recovery(stage, remedy, inflicted);
    if (failure === undefined) return { fixed: true, summary: "a rollout fixed it" };
    return { fixed: false, summary: `a rollout did not help: ${failure.summary}` };
  } catch (error) {
    if (!(error instanceof Unmeasurable)) throw error;
    return { fixed: false, summary: `a rollout could not fix it: ${whyNot(error, run.signal)}` };
  }
}
