import { defaultOptions, exitCode, verify } from "../../verify";
import type { Mutation, Outcome } from "./mutation";
import type { Scene } from "./scene";

/** Verifies two replicas that have the mutation's fault. */
export async function playMutation(scene: Scene, mutation: Mutation, signal?: AbortSignal): Promise<Outcome> {
  const { fault, checks = defaultOptions.checks, options = {} } = mutation;
  const { ttlSeconds, tenant } = options;
  await using deployment = await scene.deploy({ fault, ttlSeconds, tenantHeader: tenant?.name });
  const report = await verify({ ...defaultOptions, ...options, checks, target: deployment.target, signal });
  return {
    verdict: report.verdict,
    reason: report.reason,
    exitCode: exitCode(report),
    checks: report.checks.map(({ id, verdict, summary }) => ({ id, verdict, summary })),
  };
}
