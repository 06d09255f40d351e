import type { V1ResourceQuota } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { type Amounts, demandOf, withDefaults } from "../demand";
import { type ClusterFacts, seenOr } from "../facts";
import { type Finding, obstacle, warning } from "../finding";
import { isThere } from "../ownership";
import type { Plan } from "../plan";
import { quantity } from "../../../lib/quantities";
import { show } from "../quantity";

/** Scopes of a quota that count pods such as ours: they have requests and no deadline. */
const ourScopes: readonly string[] = ["NotTerminating", "NotBestEffort"];

/** The namespace's quotas have room for what is not there yet. */
export function checkResourceQuota({ found, quotas, limitRanges }: ClusterFacts, plan: Plan): Finding[] {
  const counting = seenOr(quotas, []).filter(countsUs);
  if (counting.length === 0) return [];
  const ranges = seenOr(limitRanges, []);
  const missing = plan.objects
    .filter(({ namespace, kind, name }) => namespace === plan.namespace && !isThere(found, kind, name, plan.stackId))
    .map((it) => withDefaults(it, ranges));
  const unlimited = missing.filter(({ pods }) => pods?.containers.some(({ limits }) => limits.cpu === undefined));
  const least = demandOf(missing, plan, ({ count }) => count);
  const short = counting.flatMap((quota) => shortages(quota, least));
  const remedy = "ask for more, lower minReplicas, or pulumi config set namespace … for another one";
  if (short.length > 0) {
    return [obstacle("quota", `the stack does not fit into ${plan.namespace}:\n${short.join("\n")}`, remedy)];
  }
  const wantsLimit = counting.find(({ spec }) => spec?.hard?.["limits.cpu"] !== undefined);
  if (wantsLimit !== undefined && unlimited.length > 0) {
    const reason = `${wantsLimit.metadata?.name} counts limits.cpu, and the stack's containers have none, so that none would start`;
    return [
      obstacle("quota", reason, `have a LimitRange with a default for cpu made in ${plan.namespace}, or use another namespace`),
    ];
  }
  const most = demandOf(missing, plan, ({ most: pods }) => pods + 1);
  const shortLater = counting.flatMap((quota) => shortages(quota, most));
  if (shortLater.length === 0) return [];
  const reason = `${plan.namespace} has room for minReplicas, not for maxReplicas and a rollout:\n${shortLater.join("\n")}`;
  return [warning("quota", reason, "ask for more, or lower maxReplicas")];
}

function countsUs({ spec }: V1ResourceQuota): boolean {
  return spec?.scopeSelector === undefined && (spec?.scopes ?? []).every((scope) => ourScopes.includes(scope));
}

function shortages({ metadata, spec, status }: V1ResourceQuota, need: Amounts): string[] {
  return Object.entries(spec?.hard ?? {}).flatMap(([resource, hard]) => {
    const wanted = need.get(resource) ?? 0;
    const left = quantity(hard) - quantity(status?.used?.[resource] ?? 0);
    if (wanted === 0 || wanted <= left) return [];
    return [
      `quota ${metadata?.name}: ${resource} ${show(wanted, resource)} needed, ${show(Math.max(left, 0), resource)} of ${hard} left`,
    ];
  });
}
