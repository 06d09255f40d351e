import { setMaxListeners } from "node:events";
import { systemClock } from "../../common/clock";
import { Unmeasurable, UsageError } from "../../common/errors";
import type { Limits } from "../limits";
import { defaultOptions } from "../../options";
import type { Progress } from "../../common/progress";
import { connectTarget, describeTarget } from "../../targets";
import type { ConnectedTarget } from "../../targets/target";
import { soakViolations, type SoakOptions } from "./options";
import type { SoakReport } from "./report";
import { SoakDraft } from "./draft";
import { runSoak } from "./run";
import { findService } from "./service";

export { defaultSoak, type SoakOptions } from "./options";
export { soakPage } from "./page";
export { soakExitCode, type SoakReport } from "./report";
export type { FaultId } from "./schedule";
export { renderSoak } from "./table";

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
  const signal = AbortSignal.any(options.signal === undefined ? [] : [options.signal]);
  const draft = new SoakDraft(systemClock, options, describeTarget(options.target));
  try {
    await using target = await connectTarget(options.target, { concurrency: defaultOptions.concurrency }, progress, signal);
    const serviceUrl = options.serviceUrl ?? (await findService(options.target, signal));
    return await soakSubject({ ...options, signal }, { target, serviceUrl }, draft, progress);
  } catch (error) {
    if (error instanceof Unmeasurable) return draft.unmeasured(error.message, signal.aborted);
    throw error;
  }
}

/** The same against a target that has been connected. */
export async function soakSubject(
  options: SoakOptions,
  subject: SoakSubject,
  draft: SoakDraft,
  progress: Progress = () => undefined,
): Promise<SoakReport> {
  const signal = AbortSignal.any(options.signal === undefined ? [] : [options.signal]);
  // Many requests wait at once, each of them until the signal comes; that is no leak.
  setMaxListeners(0, signal);
  try {
    return await runSoak({ ...subject, options, draft, progress, clock: systemClock, signal });
  } catch (error) {
    if (error instanceof Unmeasurable) return draft.unmeasured(error.message, signal.aborted);
    throw error;
  }
}
