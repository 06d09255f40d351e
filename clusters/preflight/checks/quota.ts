import type { V1ResourceQuota } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { quantity } from "../../../lib/quantities";
import { type ClusterFacts, ownLive, type Planned, seenOr } from "../facts";
import { type Finding, obstacle, warning } from "../finding";
import { type Claim, claimTemplates, exposureOf, type Plan, podsOf } from "../plan";

/** Scopes of a quota that count pods such as ours: they have requests and no deadline. */
const ourScopes: readonly string[] = ["NotTerminating", "NotBestEffort"];

/** The namespace's quotas have room for what is not there yet: a dry run tells of each object, not of their sum. */
export function checkQuota(facts: ClusterFacts, plan: Plan): Finding[] {
  const short = shortages(facts, plan, "least");
  const remedy = "ask for more, lower minReplicas, or pulumi config set namespace … for another one";
  if (short.length > 0) return [obstacle("quota", `the stack does not fit into ${plan.namespace}:\n${short.join("\n")}`, remedy)];
  const later = shortages(facts, plan, "most");
  if (later.length === 0) return [];
  const reason = `${plan.namespace} has room for minReplicas, not for maxReplicas and a rollout:\n${later.join("\n")}`;
  return [warning("quota", reason, "ask for more, or lower maxReplicas")];
}

/** What the quotas have no room for, each in one line. @param pods which count of pods must fit */
export function shortages(facts: ClusterFacts, plan: Plan, pods: "least" | "most"): string[] {
  const quotas = seenOr(facts.quotas, []).filter(countsUs);
  if (quotas.length === 0) return [];
  const need = demandOf(facts, plan, pods);
  return quotas.flatMap(({ metadata, spec, status }) =>
    Object.entries(spec?.hard ?? {}).flatMap(([resource, hard]) => {
      const wanted = need.get(resource) ?? 0;
      const left = quantity(hard) - quantity(status?.used?.[resource] ?? 0);
      if (wanted === 0 || wanted <= left) return [];
      const [needed, free] = [show(wanted, resource), show(Math.max(left, 0), resource)];
      return `quota ${metadata?.name}: ${resource} ${needed} needed, ${free} of ${hard} left`;
    }),
  );
}

function countsUs({ spec }: V1ResourceQuota): boolean {
  return spec?.scopeSelector === undefined && (spec?.scopes ?? []).every((scope) => ourScopes.includes(scope));
}

/** What objects that are not there yet take, by a ResourceQuota's names; `count/` and StorageClasses are left to dry runs. */
function demandOf(facts: ClusterFacts, plan: Plan, which: "least" | "most"): ReadonlyMap<string, number> {
  const total = new Map<string, number>();
  const add = (resource: string, amount: number): void => void total.set(resource, (total.get(resource) ?? 0) + amount);
  const addClaim = ({ spec }: Claim, amount: number): void =>
    add("requests.storage", amount * quantity(spec?.resources?.requests?.["storage"] ?? 0));
  const missing = facts.planned.filter((it) => it.namespace === plan.namespace && ownLive(it, plan.stackId) === undefined);
  for (const planned of missing) {
    const { manifest, resource } = planned;
    // Deployments, say, have no quota of this name.
    add(resource, 1);
    if (manifest.kind === "PersistentVolumeClaim") addClaim(manifest, 1);
    const { type = "ClusterIP", ports = 0 } = exposureOf(manifest) ?? {};
    if (type !== "ClusterIP") add("services.nodeports", ports);
    if (type === "LoadBalancer") add("services.loadbalancers", 1);
    const pods = podsOf(manifest, plan)?.[which];
    if (pods === undefined) continue;
    add("pods", pods);
    for (const [name, amount] of amountsOf(planned, facts, plan)) add(name, pods * amount);
    for (const template of claimTemplates(manifest)) {
      add("persistentvolumeclaims", pods);
      addClaim(template, pods);
    }
  }
  return total;
}

/** What one pod takes, with what the namespace's LimitRanges fill in where the API server has told. */
function amountsOf(planned: Planned, { trials }: ClusterFacts, plan: Plan): readonly (readonly [string, number])[] {
  const trial = trials.find((it) => it.planned === planned && it.what === "pod");
  const pod =
    trial !== undefined && "accepted" in trial.answer ? trial.answer.accepted : podsOf(planned.manifest, plan)?.template;
  const { containers = [], initContainers = [] } = pod?.spec ?? {};
  // Those that are always restarted are side-cars, and run along.
  return [...containers, ...initContainers.filter((it) => it.restartPolicy === "Always")].flatMap(({ resources = {} }) => {
    const named = (part: "requests" | "limits"): [string, number][] =>
      Object.entries(resources[part] ?? {}).map(([name, amount]) => [`${part}.${name}`, quantity(amount)]);
    const requests = named("requests");
    // Plain names mean requests.
    return [
      ...named("limits"),
      ...requests,
      ...requests.map(([name, amount]) => [name.slice("requests.".length), amount] as const),
    ];
  });
}

/** A number as people read it in a quota: memory and storage in Mi, CPU in thousandths, the rest as it is. */
function show(value: number, resource: string): string {
  if (/memory|storage/.test(resource)) return `${Math.round((value / 2 ** 20) * 10) / 10}Mi`;
  if (resource.endsWith("cpu")) return `${Math.round(value * 1_000)}m`;
  return String(value);
}
