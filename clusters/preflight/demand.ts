import type { V1LimitRange } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { groupOf, type Plan, type PlannedContainer, type PlannedObject, type PlannedPods } from "./plan";
import { quantity } from "../../lib/quantities";

/** Amounts by the names of a ResourceQuota: `requests.memory`, `count/deployments.apps`. */
export type Amounts = ReadonlyMap<string, number>;

/** Kinds that quotas also count under their plain names. */
const plainlyCounted = ["configmaps", "persistentvolumeclaims", "secrets", "services"];

/** What objects take of a namespace's quota. @param podsOf how many pods of a workload are counted */
export function demandOf(
  objects: readonly PlannedObject[],
  plan: Pick<Plan, "serviceType" | "storageClass">,
  podsOf: (pods: PlannedPods) => number,
): Amounts {
  const total = new Map<string, number>();
  const add = (resource: string, amount: number): void => void total.set(resource, (total.get(resource) ?? 0) + amount);
  const count = (resource: string, group: string, amount: number): void => {
    add(`count/${resource}${group === "" ? "" : `.${group}`}`, amount);
    if (plainlyCounted.includes(resource) || resource === "pods") add(resource, amount);
  };
  for (const object of objects) {
    count(object.resource, groupOf(object), 1);
    if (object.kind === "Deployment") count("replicasets", "apps", 1);
    if (object.isGatewayService === true && plan.serviceType !== "ClusterIP") {
      add("services.nodeports", 1);
      if (plan.serviceType === "LoadBalancer") add("services.loadbalancers", 1);
    }
    if (object.nodePort !== undefined) add("services.nodeports", 1);
    if (object.pods === undefined) continue;
    const pods = podsOf(object.pods);
    count("pods", "", pods);
    for (const part of ["requests", "limits"] as const) {
      for (const container of object.pods.containers) {
        for (const [resource, amount] of Object.entries(container[part])) {
          add(`${part}.${resource}`, pods * quantity(amount));
          // Plain names mean requests.
          if (part === "requests") add(resource, pods * quantity(amount));
        }
      }
    }
    if (object.pods.storage === undefined) continue;
    count("persistentvolumeclaims", "", pods);
    add("requests.storage", pods * quantity(object.pods.storage));
    if (plan.storageClass !== undefined)
      add(`${plan.storageClass}.storageclass.storage.k8s.io/requests.storage`, pods * quantity(object.pods.storage));
  }
  return total;
}

/** Containers as they are once the namespace's LimitRanges have filled in what they leave out. */
export function withDefaults(object: PlannedObject, ranges: readonly V1LimitRange[]): PlannedObject {
  if (object.pods === undefined) return object;
  const items = ranges.flatMap(({ spec }) => spec?.limits ?? []).filter(({ type }) => type === "Container");
  const fill = (container: PlannedContainer): PlannedContainer => {
    const limits = Object.assign(
      {},
      ...items.map((it) => ({ ...it.max, ...it._default, ...defaultOf(it) })),
      container.limits,
    ) as object;
    const requests = Object.assign({}, limits, ...items.map((it) => it.defaultRequest ?? {}), container.requests) as object;
    return { ...container, limits, requests };
  };
  return { ...object, pods: { ...object.pods, containers: object.pods.containers.map(fill) } };
}

/** The client's models write `_default` for what is `default` in JSON. */
function defaultOf(item: object): Readonly<Record<string, string>> {
  return (item as { readonly default?: Readonly<Record<string, string>> }).default ?? {};
}
