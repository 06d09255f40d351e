import { Unmeasurable, UsageError } from "../common/errors";
import { disruptiveOf, type VerifyOptions } from "../options";
import type { Workload } from "../targets/disruptable";
import type { ConnectedTarget } from "../targets/target";
import { cutOffName } from "../targets/kubernetes/cut-off-policy";
import { pauseMs } from "./faults";
import { inWords } from "./put-back";

/**
 * Asks for consent before the deployment is disturbed, with exactly what will be done. Where that is not certain the
 * question is left out: the checks then say why, and nothing is touched.
 * @throws UsageError when the answer is no
 */
export async function askConsent(options: VerifyOptions, target: ConnectedTarget): Promise<void> {
  const checks = disruptiveOf(options.checks);
  const { confirmDisruption } = options;
  if (checks.length === 0 || confirmDisruption === undefined || target.replicas.length < 2) return;
  const disruptable = await target.disruptable?.(checks.includes("scale")).catch((error: unknown) => {
    if (error instanceof Unmeasurable) return undefined;
    throw error;
  });
  if (disruptable === undefined || (await confirmDisruption(disruptionInWords(disruptable.workload, checks)))) return;
  throw new UsageError([{ path: "--checks", reason: "not confirmed", remedy: "nothing was changed" }]);
}

/** Pure: what the checks will do to what, one line each. */
export function disruptionInWords(workload: Workload, checks: readonly string[]): string[] {
  const { server, context, namespace, deployment, pods, autoscaler, redis, leftover } = workload;
  const names = pods.map(({ name }) => name).join(", ");
  const lines = [
    `${checks.join(" and ")} will disturb a deployment:`,
    `  cluster     ${server}${context === undefined ? "" : ` (context ${context})`}`,
    `  namespace   ${namespace}`,
    `  Deployment  ${deployment.name}, ${deployment.replicas} replicas: ${names}`,
  ];
  if (checks.includes("scale")) {
    const { replicas } = leftover ?? deployment;
    if (leftover !== undefined) {
      lines.push(
        `    scale     first, what a run that was killed has left: ${inWords(leftover, deployment.name, autoscaler?.name)}`,
      );
    }
    lines.push(`    scale     ${replicas + 1} replicas, then ${replicas} again`);
    if (autoscaler !== undefined) {
      const { min, max } = { ...autoscaler, ...leftover };
      lines.push(
        `    scale     HorizontalPodAutoscaler ${autoscaler.name} is held at these numbers meanwhile; then ${min} to ${max} again`,
      );
    }
  }
  if (!checks.includes("faults")) return lines;
  lines.push("    faults    one of its pods is deleted; then all are replaced by a rollout");
  if ("leftOut" in redis) lines.push(`  Redis       left alone: ${redis.leftOut}`);
  else {
    lines.push(
      `  Redis       pod ${redis.pod.name} of ${redis.owner}`,
      `    faults    all its clients are disconnected; it is paused for ${pauseMs / 1_000} s; the pod is deleted and comes again`,
      `    faults    NetworkPolicy ${cutOffName} keeps one of the Deployment's pods from it for some seconds`,
    );
  }
  return [...lines, "  If the replicas do not share sessions after a fault, they are replaced by a rollout once more."];
}
