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
import { puttingBack } from "./put-back";
import { Stage, type Limits } from "./stage";
import { findingOf } from "./summary";

/** Lives of pins shorter than this end before most deployments have recovered, in seconds. */
const leastLifeSeconds = 30;

/** What a check that disturbs the deployment consists of. */
export interface Trial extends Pick<Check, "id" | "title"> {
  readonly wanted: readonly Disturbance[];
  readonly rightsOf: (disruptable: Disruptable) => readonly Right[];
  /** Beginning of the sentence for a pass. */
  readonly passed: (disturbances: number) => string;
}

/** A check that disturbs the deployment. */
export function disruptiveCheck(trial: Trial, limits: Limits): Check {
  const { id, title } = trial;
  return {
    ...{ id, title },
    async begin(run) {
      const prepared = await prepare(run, trial);
      return { conclude: ({ choice }) => conductTrial(run, choice, prepared, trial, limits) };
    },
  };
}

/**
 * Finds what may be disturbed, and whether we may. A Redis that is not the deployment's own is left alone. Changes nothing.
 * @throws Unmeasurable
 */
export async function prepare(
  { options, target }: RunContext,
  { id, rightsOf, wanted }: Pick<Trial, "rightsOf" | "wanted"> & { readonly id: string },
) {
  if (options.allowDisruption !== true || target.disruptable === undefined) {
    throw new Unmeasurable(`${id} may not disturb this target`);
  }
  if (options.ttlSeconds < leastLifeSeconds) {
    throw new Unmeasurable(
      `nothing was disturbed: a pin lives only ${options.ttlSeconds} s (--ttl), too short to outlive a recovery; ` +
        `${leastLifeSeconds} s are needed`,
    );
  }
  const disruptable = await target.disruptable(options.checks.includes("scale"));
  const { redis, namespace } = disruptable.workload;
  const missing = await disruptable.missingRights(rightsOf(disruptable));
  if (missing.length > 0) {
    const rights = missing.map(({ verb, resource, group }) => `${verb} ${resource}${group === "" ? "" : `.${group}`}`);
    throw new Unmeasurable(
      `nothing was disturbed: in namespace ${namespace} we may not ${rights.join(", ")} ` +
        "(the rights that it takes are in docs/verifier.md)",
    );
  }
  const isOwn = !("leftOut" in redis);
  const disturbances = wanted.filter(({ outage }) => isOwn || outage !== true);
  const isWhole = isOwn || disturbances.length === wanted.length;
  return { disruptable, disturbances, leftOut: isWhole ? undefined : `Redis' faults were left out: ${redis.leftOut}` };
}

/** Brings about one disturbance after another, until one does not end well, and puts the deployment back. */
async function conductTrial(
  run: RunContext,
  choice: PromptChoice,
  { disruptable, disturbances, leftOut }: Awaited<ReturnType<typeof prepare>>,
  { id, passed }: Trial,
  limits: Limits,
): Promise<Finding> {
  await using stage = new Stage(run, disruptable, choice, limits, `${id}-`);
  const events: DisruptionEvent[] = [];
  const sessions: SessionReport[] = [];
  const recorder = new SessionRecorder();
  let mended: string | undefined;
  const leftover = await puttingBack(stage, async () => {
    for (const [i, disturbance] of disturbances.entries()) {
      run.progress({ phase: `${id}: ${disturbance.title}`, done: i, total: disturbances.length });
      const { event, requests, judgements, unshared } = await conduct(stage, disturbance, { usesPins: true });
      events.push({ ...event, requests });
      sessions.push(...judgements.map(({ pin, verdict }) => recorder.record(pin.session, verdict)));
      if (event.verdict === "pass") continue;
      if (unshared && !run.signal.aborted) mended = (await fixByRollout(stage)).summary;
      break;
    }
  });
  const notBegun = disturbances.slice(events.length).map(({ title }) => title);
  const durationMs = stage.elapsedMs();
  return findingOf({ events, sessions, notBegun, leftOut, mended, leftover, durationMs }, passed(disturbances.length));
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
