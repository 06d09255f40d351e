import type { V1LimitRange, V1LimitRangeItem } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { withDefaults } from "../demand";
import { type ClusterFacts, seenOr } from "../facts";
import { type Finding, obstacle } from "../finding";
import type { Plan, PlannedObject, PlannedPods } from "../plan";
import { quantity } from "../../../lib/quantities";

/** The namespace's LimitRanges let every pod and volume of the stack in. */
export function checkLimitRange({ limitRanges }: ClusterFacts, plan: Plan): Finding[] {
  const ranges = seenOr(limitRanges, []);
  const workloads = plan.objects.filter(({ namespace }) => namespace === plan.namespace).map((it) => withDefaults(it, ranges));
  const refused = ranges.flatMap((range) => workloads.flatMap((workload) => refusals(range, workload)));
  if (refused.length === 0) return [];
  const reason = `these limits of ${plan.namespace} refuse pods or volumes of the stack:\n${refused.join("\n")}`;
  return [obstacle("limits", reason, "ask for other limits, or pulumi config set namespace … for another one")];
}

function refusals({ metadata, spec }: V1LimitRange, { kind, name, pods }: PlannedObject): string[] {
  if (pods === undefined) return [];
  return (spec?.limits ?? []).flatMap((item) =>
    reasons(item, pods).map((reason) => `LimitRange ${metadata?.name} on ${kind} ${name}: ${reason}`),
  );
}

/** Amounts of one thing that a LimitRange measures. */
interface Measured {
  readonly what: string;
  readonly requests: Readonly<Record<string, number | undefined>>;
  readonly limits: Readonly<Record<string, number | undefined>>;
}

function reasons(item: V1LimitRangeItem, pods: PlannedPods): string[] {
  return measured(item.type, pods).flatMap(({ what, requests, limits }) => [
    ...Object.entries(item.max ?? {}).flatMap(([resource, most]) => {
      const value = limits[resource] ?? (item.type === "PersistentVolumeClaim" ? requests[resource] : undefined);
      if (value === undefined) return [`${what} has no limit of ${resource}, and at most ${most} is allowed`];
      return value > quantity(most) ? [`${what} may take more ${resource} than the ${most} allowed`] : [];
    }),
    ...Object.entries(item.min ?? {}).flatMap(([resource, least]) => {
      const value = requests[resource];
      return value === undefined || value < quantity(least)
        ? [`${what} asks for less ${resource} than the ${least} demanded`]
        : [];
    }),
    ...Object.entries(item.maxLimitRequestRatio ?? {}).flatMap(([resource, ratio]) => {
      const [limit, request] = [limits[resource], requests[resource]];
      const fits = limit !== undefined && request !== undefined && request > 0 && limit / request <= quantity(ratio);
      return fits ? [] : [`the ${resource} limit of ${what} is more than ${ratio} times its request`];
    }),
  ]);
}

function measured(type: string, { containers, storage }: PlannedPods): Measured[] {
  const numbers = (amounts: object): Record<string, number> =>
    Object.fromEntries(Object.entries(amounts).map(([resource, amount]) => [resource, quantity(amount as string)]));
  const each = containers.map((it) => ({
    what: `container ${it.name}`,
    requests: numbers(it.requests),
    limits: numbers(it.limits),
  }));
  if (type === "Container") return each;
  if (type === "Pod")
    return [{ what: "the pod", requests: sum(each.map((it) => it.requests)), limits: sum(each.map((it) => it.limits)) }];
  if (type === "PersistentVolumeClaim" && storage !== undefined)
    return [{ what: "the volume", requests: { storage: quantity(storage) }, limits: {} }];
  return [];
}

/** A sum is only known of what every container says. */
function sum(parts: readonly Readonly<Record<string, number>>[]): Record<string, number | undefined> {
  const resources = new Set(parts.flatMap(Object.keys));
  const total = (resource: string): number | undefined =>
    parts.every((it) => resource in it) ? parts.reduce((all, it) => all + (it[resource] ?? 0), 0) : undefined;
  return Object.fromEntries([...resources].map((resource) => [resource, total(resource)]));
}
