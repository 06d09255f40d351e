import { Unmeasurable } from "../common/errors";
import type { SessionReport, Finding } from "../report/report";
import type { Check } from "../run/check";
import type { RunContext } from "../run/context";
import type { PromptChoice } from "../run/plan";
import { SessionRecorder } from "../run/session-record";
import type { Disruptable, Right } from "../targets/disruptable";
import type { Disturbance } from "./disturbance";
import { conduct, type DisruptionEvent } from "./event";
import { rollout } from "./faults";
import { judgePins } from "./judge";
import { puttingBack } from "./put-back";
import { Stage, type Limits } from "./stage";
import { findingOf } from "./summary";
import { startPinTraffic, type PinTraffic } from "./traffic";

/** Lives of pins shorter than this end before most deployments have recovered, in seconds. */
const leastLifeSeconds = 30;

/** What a check that disturbs the deployment consists of. */
export interface Trial extends Pick<Check, "id" | "title"> {
  readonly disturbances: readonly Disturbance[];
  readonly rightsOf: (disruptable: Disruptable) => readonly Right[];
  /** Beginning of the sentence for a pass. */
  readonly passed: (disturbances: number) => string;
}

/** A check that disturbs the deployment. */
export function disruptiveCheck(trial: Trial, limits: Limits): Check {
  const { id, title, rightsOf } = trial;
  return {
    ...{ id, title },
    async begin(run) {
      const disruptable = await prepare(run, id, rightsOf);
      return { conclude: ({ choice }) => conductTrial(run, choice, disruptable, trial, limits) };
    },
  };
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

/** Those of the disturbances that can be brought about: a Redis that is not the deployment's own is left alone. */
export function possible(
  wanted: readonly Disturbance[],
  { workload: { redis } }: Disruptable,
): { readonly disturbances: readonly Disturbance[]; readonly leftOut: string | undefined } {
  if (!("leftOut" in redis)) return { disturbances: wanted, leftOut: undefined };
  const disturbances = wanted.filter(({ outage }) => outage !== true);
  const leftOut = disturbances.length === wanted.length ? undefined : `Redis' faults were left out: ${redis.leftOut}`;
  return { disturbances, leftOut };
}

/** Brings about one disturbance after another, until one does not end well, and puts the deployment back. */
async function conductTrial(
  run: RunContext,
  choice: PromptChoice,
  disruptable: Disruptable,
  { id, passed, ...trial }: Trial,
  limits: Limits,
): Promise<Finding> {
  await using stage = new Stage(run, disruptable, choice, limits, `${id}-`);
  const { disturbances, leftOut } = possible(trial.disturbances, disruptable);
  const events: DisruptionEvent[] = [];
  const sessions: SessionReport[] = [];
  let mended: string | undefined;
  const leftover = await puttingBack(stage, async () => {
    for (const [i, disturbance] of disturbances.entries()) {
      run.progress({ phase: `${id}: ${disturbance.title}`, done: i, total: disturbances.length });
      const { event, unshared } = await conductWithTraffic(stage, disturbance, sessions);
      events.push(event);
      if (event.verdict === "pass") continue;
      if (unshared && !run.signal.aborted) mended = (await fixByRollout(stage)).summary;
      break;
    }
  });
  const notBegun = disturbances.slice(events.length).map(({ title }) => title);
  const durationMs = stage.elapsedMs();
  return findingOf({ events, sessions, notBegun, leftOut, mended, leftover, durationMs }, passed(disturbances.length));
}

/** Every other one of the old pins is used while the deployment is disturbed. @param sessions takes those it is judged by */
async function conductWithTraffic(
  stage: Stage,
  disturbance: Disturbance,
  sessions: SessionReport[],
): Promise<{ readonly event: DisruptionEvent; readonly unshared: boolean }> {
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
    after: async () => meanwhile?.traffic[Symbol.asyncDispose](),
    // Requests that find Redis away may pin their session again when it is back.
    lost: (pin) => `a pin of before${meanwhile?.sessions.includes(pin) === true ? ", in use meanwhile," : ""} was lost`,
  });
  const recorder = new SessionRecorder();
  sessions.push(...judgements.map(({ pin, verdict }) => recorder.record(pin.session, verdict)));
  return { event: { ...event, requests: meanwhile?.count ?? { total: 0, lost: 0, misrouted: 0 } }, unshared };
}

/**
 * Rolls a deployment whose replicas no longer share sessions: new processes connect to Redis again.
 * @returns whether that helped, and what came of it, in one clause
 */
export async function fixByRollout(stage: Stage): Promise<{ readonly fixed: boolean; readonly summary: string }> {
  stage.run.progress({ phase: "fixing it by a rollout" });
  const { event } = await conduct(stage, rollout);
  if (event.recoveredMs !== null) return { fixed: true, summary: "a rollout fixed it" };
  const what = event.landedMs === null ? "could not fix it" : "did not help";
  return { fixed: false, summary: `a rollout ${what}: ${event.summary}` };
}
