import { Unmeasurable } from "../common/errors";
import { contractOf, needPrompts } from "../contracts";
import { duration, pinLifetime } from "../register";
import type { SessionReport, Finding } from "../report/report";
import type { Check, Played } from "../run/check";
import type { RunContext } from "../run/context";
import { recordOf } from "../run/play-sessions";
import type { Right, Workload } from "../targets/disruptable";
import type { Disruptable } from "../targets/kubernetes/kubernetes-disruptable";
import { conduct, type DisruptionEvent } from "./event";
import { rollout } from "./faults";
import { puttingBack } from "./put-back";
import { setStage, type Disturbance, type Limits, type Stage } from "./stage";
import type { PinRequests } from "./traffic";

/** What a pin's life must have beside the starts of replicas: to begin pins, for pods to end, and to read them, in seconds. */
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
      needPrompts(contractOf(run.options));
      const prepared = await prepare(run, trial);
      return { conclude: (played) => conductTrial(run, played, prepared, trial, limits) };
    },
  };
}

/**
 * Finds what may be disturbed, and whether we may. An external Redis is left alone. Changes only what a killed run has left.
 * @throws Unmeasurable
 */
export async function prepare(
  run: RunContext,
  { id, rightsOf, wanted }: Pick<Trial, "rightsOf" | "wanted"> & { readonly id: string },
) {
  const { options, target } = run;
  if (options.allowDisruption !== true || target.disruptable === undefined) {
    throw new Unmeasurable(`${id} may not disturb this target`);
  }
  const disruptable = await target.disruptable(options.checks.includes("scale"));
  const life = lifeNeeded(disruptable.workload, wanted);
  const lifeMs = pinLifetime(options.ttlSeconds, contractOf(options).redis).lifetimeMs;
  if (lifeMs < life.seconds * 1_000) {
    const lives = `a pin lives only ${duration(lifeMs)} (--ttl), too short to outlive ${life.what}`;
    throw new Unmeasurable(`nothing was disturbed: ${lives}; ${life.seconds} s are needed`);
  }
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
  const allowed = wanted.filter(({ outage }) => why === undefined || outage !== true);
  const leftOut = allowed.length < wanted.length ? [`Redis' faults were left out: ${why}`] : [];
  const disturbances: Disturbance[] = [];
  for (const disturbance of allowed) {
    const hindrance = await disturbance.hindrance?.(run, disruptable);
    if (hindrance === undefined) disturbances.push(disturbance);
    else leftOut.push(`${inSentence(disturbance.title)} was left out: ${hindrance}`);
  }
  return { disruptable, disturbances, leftOut: leftOut.length === 0 ? null : leftOut.join("; ") };
}

/** Pure: how long a pin must live to outlive the longest of the disturbances, and what that is. */
function lifeNeeded({ deployment, pods }: Pick<Workload, "deployment" | "pods">, wanted: readonly Disturbance[]) {
  // What disturbed a pod later makes its start look longer, never shorter.
  const start = Math.min(...pods.flatMap(({ readySeconds }) => readySeconds ?? []));
  if (start === Infinity) return { seconds: leastLifeSeconds, what: "a recovery" };
  // Replicas are replaced one after another, also those that lost Redis.
  const starts = wanted.some(({ scales }) => scales !== true) ? deployment.replicas : 1;
  const [count, each] = [starts === 1 ? "a start" : `${starts} starts`, starts === 1 ? "" : " each, one after another"];
  const what = `${count} of a replica (${Math.round(start)} s${each})`;
  return { seconds: leastLifeSeconds + Math.ceil(starts * start), what };
}

/** Brings about one disturbance after another, until one does not end well, and puts the deployment back. */
async function conductTrial(
  run: RunContext,
  played: Played,
  { disruptable, disturbances, leftOut }: Awaited<ReturnType<typeof prepare>>,
  { id, passed }: Trial,
  limits: Limits,
): Promise<Finding> {
  await using stage = setStage(run, disruptable, played, limits, `${id}-`);
  const events: DisruptionEvent[] = [];
  const sessions: SessionReport[] = [];
  let mended: string | null = null;
  const leftover = await puttingBack(stage, async () => {
    for (const [i, disturbance] of disturbances.entries()) {
      const limit = `${stage.rate} requests a second, ${stage.recoverMs / 1_000} s to recover`;
      run.progress({ phase: `${id}: ${disturbance.title} (${limit})`, done: i, total: disturbances.length });
      const { event, requests, anchoredAnew, judged, unshared } = await conduct(stage, disturbance, { usesPins: true });
      events.push({ ...event, requests, anchoredAnew });
      sessions.push(...[...judged].map(([{ session }, verdict]) => recordOf(session, verdict)));
      if (event.verdict === "pass") continue;
      if (unshared && !run.signal.aborted) mended = (await fixByRollout(stage)).summary;
      break;
    }
  });
  const notBegun = disturbances.slice(events.length).map(({ title }) => title);
  const durationMs = stage.elapsedMs();
  const evidence = { durationMs, requestsPerSecond: stage.rate, events, notBegun, leftOut, mended, leftover };
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
  readonly requestsPerSecond: number;
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
    verdict === "pass" && heldOf(events),
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

/** What held, and what a user lost by the contract's own terms. */
function heldOf(events: readonly DisruptionEvent[]): string {
  const sum = (of: "used" | "moved"): number => events.reduce((total, { anchoredAnew }) => total + (anchoredAnew?.[of] ?? 0), 0);
  if (sum("moved") === 0) return "all pins held";
  return (
    `${sum("moved")} of ${sum("used")} sessions used while Redis was away changed their model for good ` +
    "(their contract keeps it only while Redis answers); all other pins held"
  );
}

/** Pure: a title within a sentence. A name keeps its capital. */
function inSentence(title: string): string {
  return title.startsWith("Redis") ? title : `${title.charAt(0).toLowerCase()}${title.slice(1)}`;
}
