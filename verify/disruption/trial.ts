import type { Played } from "../run/check";
import type { Finding } from "../report/report";
import { Unmeasurable } from "../common/errors";
import type { RunContext } from "../run/context";
import type { Disruptable, Right } from "../targets/disruptable";
import type { Disturbance } from "./disturbance";
import { runEvent, type EventOutcome } from "./event";
import { leastLifeSeconds, type Limits } from "./limits";
import { mend } from "./mend";
import { puttingBack } from "./put-back";
import { setStage } from "./stage";
import { findingOf } from "./summary";

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
  played: Played,
  disruptable: Disruptable,
  { id, disturbances, leftOut, passed }: Trial,
  limits: Limits,
): Promise<Finding> {
  const stage = setStage(run, disruptable, played, limits, `${id}-`);
  const outcomes: EventOutcome[] = [];
  let mended: string | undefined;
  const { leftover } = await puttingBack(disruptable, limits, async () => {
    // What a run left behind that was killed.
    if (disruptable.workload.leftover !== undefined) await disruptable.putBack(run.signal);
    for (const [i, disturbance] of disturbances.entries()) {
      const { title } = disturbance;
      run.progress({ phase: `${id}: ${title}`, done: i, total: disturbances.length });
      const outcome = await runEvent(stage, disturbance);
      outcomes.push(outcome);
      if (outcome.event.verdict === "pass") continue;
      if (outcome.unshared && !run.signal.aborted) mended = await mend(stage);
      break;
    }
  });
  const notBegun = disturbances.slice(outcomes.length).map(({ title }) => title);
  const durationMs = run.clock.now() - stage.begunAt;
  return findingOf({ outcomes, notBegun, leftOut, mended, leftover, passed, durationMs });
}
