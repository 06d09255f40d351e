import { Unmeasurable } from "../common/errors";
import type { SessionReport, Finding } from "../report/report";
import type { Check } from "../run/check";
import type { RunContext } from "../run/context";
import type { PromptChoice } from "../run/plan";
import { recordOf } from "../run/play-sessions";
import type { Right } from "../targets/disruptable";
import type { Disruptable } from "../targets/kubernetes/kubernetes-disruptable";
import { conduct, type DisruptionEvent } from "./event";
import { rollout } from "./faults";
import { puttingBack } from "./put-back";
import { setStage, type Disturbance, type Limits, type Stage } from "./stage";
import type { PinRequests } from "./traffic";

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
  const why = "leftOut" in redis ? redis.leftOut : undefined;
  const disturbances = wanted.filter(({ outage }) => why === undefined || outage !== true);
  const leftOut = disturbances.length < wanted.length ? `Redis' faults were left out: ${why}` : null;
  return { disruptable, disturbances, leftOut };
}

/** Brings about one disturbance after another, until one does not end well, and puts the deployment back. */
async function conductTrial(
  run: RunContext,
  choice: PromptChoice,
  { disruptable, disturbances, leftOut }: Awaited<ReturnType<typeof prepare>>,
  { id, passed }: Trial,
  limits: Limits,
): Promise<Finding> {
  await using stage = setStage(run, disruptable, choice, limits, `${id}-`);
  const events: DisruptionEvent[] = [];
  const sessions: SessionReport[] = [];
  let mended: string | null = null;
  const leftover = await puttingBack(stage, async () => {
    for (const [i, disturbance] of disturbances.entries()) {
      run.progress({ phase: `${id}: ${disturbance.title}`, done: i, total: disturbances.length });
      const { event, requests, judged, unshared } = await conduct(stage, disturbance, { usesPins: true });
      events.push({ ...event, requests });
      sessions.push(...[...judged].map(([{ session }, verdict]) => recordOf(session, verdict)));
      if (event.verdict === "pass") continue;
      if (unshared && !run.signal.aborted) mended = (await fixByRollout(stage)).summary;
      break;
    }
  });
  const notBegun = disturbances.slice(events.length).map(({ title }) => title);
  const durationMs = stage.elapsedMs();
  const evidence = { durationMs, events, notBegun, leftOut, mended, leftover };
  return { ...findingOf(evidence, passed(disturbances.length)), sessions };
}

/**
 * Rolls a deployment whose replicas no longer share sessions: new processes connect to Redis again.
 * @returns whether that helped, and what came of it, in one clause
 */
export async function fixByRollout(stage: Stage): Promise<{ readonly fixed: boolean; readonly summary: string }> {
  stage.run.progress({ phase: "fixing it by a rollout" });
  const { event } = await conduct(stage, rollout);
  const fixed = event.recoveredMs !== null;
  return { fixed, summary: fixed ? "a rollout fixed it" : `a rollout did not fix it: ${event.summary}` };
}

/** What a check that disturbs the deployment has come to. */
export type Outcome = {
  readonly durationMs: number;
  readonly events: readonly DisruptionEvent[];
  /** Titles of the events that were still to come. */
  readonly notBegun: readonly string[];
  /** What was left out from the start, and why. */
  readonly leftOut: string | null;
  /** What was done for a deployment that no longer shared sessions. */
  readonly mended: string | null;
  /** Why the deployment is not as it was. */
  readonly leftover: string | null;
};

/** Pure: the finding of the check. @param passed beginning of the sentence for a pass */
export function findingOf(evidence: Outcome, passed: string): Finding {
  const { events, notBegun, leftOut, mended, leftover } = evidence;
  const bad = events.find(({ verdict }) => verdict === "fail") ?? events.find(({ verdict }) => verdict === "unknown");
  const verdict = bad?.verdict ?? (events.length === 0 || notBegun.length > 0 || leftover !== null ? "unknown" : "pass");
  const parts = [
    bad && `${inSentence(bad.title)}: ${bad.summary}`,
    verdict === "pass" && `${passed}: ${events.map(recovered).join(", ")}`,
    mended,
    notBegun.length > 0 && `not begun: ${notBegun.map(inSentence).join(", ")}`,
    events.length > 0 && requestsOf(events),
    verdict === "pass" && "all pins held",
    leftOut,
    leftover,
  ];
  const summary = parts.filter((part) => typeof part === "string").join("; ");
  return { verdict, summary, evidence };
}

function recovered({ title, landedMs, recoveredMs }: DisruptionEvent): string {
  return `${inSentence(title)} ${(((recoveredMs ?? 0) - (landedMs ?? 0)) / 1000).toFixed(1)} s`;
}

function requestsOf(events: readonly DisruptionEvent[]): string {
  const sum = (of: keyof PinRequests): string =>
    events.reduce((total, { requests }) => total + requests[of], 0).toLocaleString("en-US");
  const misrouted = sum("misrouted");
  const meanwhile = misrouted === "0" ? "" : `, ${misrouted} misrouted meanwhile`;
  return `${sum("lost")} of ${sum("total")} requests lost${meanwhile}`;
}

/** Pure: a title within a sentence. A name keeps its capital. */
function inSentence(title: string): string {
  return title.startsWith("Redis") ? title : `${title.charAt(0).toLowerCase()}${title.slice(1)}`;
}
