// What the installed package exports: `import { verify } from "plano-affinity"`.
// Inside, imports point one way: common, history, check-ids, contracts, apis ← report, redis, http ← jaeger, options ← targets ← run, register ←
// disruption ← checks ← this file, in-cluster ← cli. What two of them share belongs to the lower one.
import { setMaxListeners } from "node:events";
import { describeAsking } from "./apis";
import { checks, frontDoorChecks } from "./checks";
import { UsageError } from "./common/errors";
import { askConsent } from "./disruption/consent";
import { frontDoorCheckIds, violationsOf, type VerifyOptions } from "./options";
import type { Report } from "./report/report";
import type { Progress } from "./common/progress";
import { ReportDraft } from "./run/report-draft";
import { runChecks } from "./run/run";
import { runSmoke } from "./run/run-smoke";
import { connectTarget, describeTarget } from "./targets";

export { UsageError, type Violation } from "./common/errors";
export { defaultOptions } from "./options";
export type { KubernetesTarget, ReplicasTarget, UrlTarget, VerifyOptions } from "./options";
export { exitCode } from "./report/report";
export type { CheckReport, Json, Report, RequestsReport, SessionReport, Verdict } from "./report/report";
export { renderTable } from "./report/table";
export { contracts, type Contract, type PinKind } from "./contracts";
export type { Progress } from "./common/progress";

/**
 * Verifies that sessions keep their model across the replicas of a target.
 * @param progress is told what is being done
 * @returns a report in every case in which the options make sense, also when nothing could be measured
 * @throws UsageError when they do not, with everything that is wrong, or when `confirmDisruption` said no
 */
export async function verify(options: VerifyOptions, progress: Progress = () => undefined): Promise<Report> {
  const violations = violationsOf(options);
  if (violations.length > 0) throw new UsageError(violations);
  const signal = AbortSignal.any(options.signal === undefined ? [] : [options.signal]);
  // Many requests may wait at once, each of them until the signal comes; that is no leak.
  setMaxListeners(0, signal);
  const { target } = options;
  const draft = new ReportDraft(`${describeTarget(target)}${describeAsking(options)}`);
  const asked = target.kind === "url" ? { ...options, checks: frontDoorCheckIds(options, target) } : options;
  if (target.kind === "url" && asked.checks.length === 0) return runSmoke(options, target, draft, progress, signal);
  try {
    await using connected = await connectTarget(target, options, progress, signal);
    await askConsent(asked, connected);
    return await runChecks(target.kind === "url" ? frontDoorChecks : checks, asked, connected, draft, progress, signal);
  } catch (error) {
    return draft.endedBy(error, asked.checks, signal);
  }
}
