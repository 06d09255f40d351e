import type { Scale } from "../disruptable";
import type { FieldPath, ManagedFields } from "./field-owners";

/** Annotation that holds the scale to be put back, on the autoscaler, or on the Deployment where there is none. */
export const keptScaleAnnotation = "plano-affinity/put-back";

export interface KeptScale {
  readonly scale: Scale;
  readonly owners: { readonly autoscaler: readonly ManagedFields[]; readonly deployment: readonly ManagedFields[] };
}

/** The fields of each kind of object that are changed and put back. */
export const changedFields = {
  HorizontalPodAutoscaler: [
    ["f:spec", "f:minReplicas"],
    ["f:spec", "f:maxReplicas"],
  ],
  Deployment: [["f:spec", "f:replicas"]],
} as const satisfies Readonly<Record<string, readonly FieldPath[]>>;

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
