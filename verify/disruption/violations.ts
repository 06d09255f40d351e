import type { Violation } from "../common/errors";
import { disruptiveChecks } from "../check-ids";
import type { VerifyOptions } from "../options";

/** Pure: those of the checks asked for that change the deployment. */
export function disruptiveOf(checks: readonly string[]): string[] {
  return disruptiveChecks.filter((id) => checks.includes(id));
}

/** Pure: `scale and faults change`. */
export function whatChanges(checks: readonly string[]): string {
  return `${checks.join(" and ")} ${checks.length === 1 ? "changes" : "change"}`;
}

/** Pure: what is wrong with options that ask for such a check. */
export function disruptionViolations({ target, checks, allowDisruption }: VerifyOptions): Violation[] {
  const asked = disruptiveOf(checks);
  if (asked.length === 0) return [];
  const change = whatChanges(asked);
  if (target.kind !== "kubernetes") {
    const reason = `${change} a Deployment, and --${target.kind === "url" ? "url" : "replica"} names none`;
    return [{ path: "--checks", reason, remedy: "leave it out, or verify the pods of a cluster with --namespace" }];
  }
  if (allowDisruption === true) return [];
  const reason = `${change} the deployment, which nobody has allowed`;
  return [{ path: "--checks", reason, remedy: "add --yes and --namespace, or set allowDisruption" }];
}
