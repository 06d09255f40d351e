import type { V1ManagedFieldsEntry } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import type { Scale } from "../disruptable";

/** Annotation that holds the scale to be put back, on the autoscaler, or on the Deployment where there is none. */
export const keptScaleAnnotation = "plano-affinity/put-back";

/** The fields of each kind of object that are changed and put back, below `f:spec` of {@link ManagedFields}. */
export const changedFields = {
  HorizontalPodAutoscaler: ["f:minReplicas", "f:maxReplicas"],
  Deployment: ["f:replicas"],
} as const;

/** An entry of `metadata.managedFields`. Source: Kubernetes 1.34, server-side apply. */
export type ManagedFields = Omit<V1ManagedFieldsEntry, "fieldsV1" | "time"> & {
  readonly time?: string;
  readonly fieldsV1?: { readonly [field: string]: object };
};

export interface KeptScale {
  readonly scale: Scale;
  /** The owners of the fields, reduced to these. */
  readonly owners: { readonly autoscaler: readonly ManagedFields[]; readonly deployment: readonly ManagedFields[] };
}

/** Pure: what an annotation keeps; undefined where there is none, or none that can be read. */
export function keptScale(annotations: Readonly<Record<string, string>> | undefined): KeptScale | undefined {
  try {
    const { scale, owners } = JSON.parse(annotations?.[keptScaleAnnotation] ?? "") as KeptScale;
    const counts = scale.min === undefined ? [scale.replicas] : [scale.replicas, scale.min, scale.max];
    if (!counts.every((count) => Number.isInteger(count) && (count as number) >= 0)) return undefined;
    return { scale, owners: { autoscaler: owners?.autoscaler ?? [], deployment: owners?.deployment ?? [] } };
  } catch {
    return undefined;
  }
}

/** Pure: the entries that own one of the fields, reduced to these fields. */
export function ownersOf(entries: readonly ManagedFields[] | undefined, fields: readonly string[]): ManagedFields[] {
  return (entries ?? []).flatMap((entry) => {
    const owned = Object.entries(entry.fieldsV1?.["f:spec"] ?? {}).filter(([field]) => fields.includes(field));
    return owned.length === 0 ? [] : [{ ...entry, fieldsV1: { "f:spec": Object.fromEntries(owned) } }];
  });
}

/**
 * Pure: the entries with the fields given back to their owners, and none of ours. Changing a field takes it from its owners
 * for good: their next server-side apply with another value would be refused as a conflict with us.
 * @param current entries of the object as it is now, its values put back
 * @param ours our own name among the managers
 */
export function handBack(
  current: readonly ManagedFields[] | undefined,
  owners: readonly ManagedFields[],
  ours: string,
): ManagedFields[] {
  const keyOf = ({ manager, operation, apiVersion, subresource = "" }: ManagedFields): string =>
    [manager, operation, apiVersion, subresource].join(" ");
  const entries = new Map((current ?? []).map((entry) => [keyOf(entry), entry]));
  for (const owner of owners) {
    const { fieldsV1, ...entry } = entries.get(keyOf(owner)) ?? owner;
    const spec = { ...fieldsV1?.["f:spec"], ...owner.fieldsV1?.["f:spec"] };
    entries.set(keyOf(owner), { ...entry, fieldsV1: { ...fieldsV1, "f:spec": spec } });
  }
  return [...entries.values()].filter(({ manager }) => manager !== ours);
}
