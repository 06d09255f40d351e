import type {
  V1DeploymentSpec,
  V1PersistentVolumeClaim,
  V1PodTemplateSpec,
  V1ServiceSpec,
  V1StatefulSetSpec,
  V2HorizontalPodAutoscalerSpec,
} from "@kubernetes/client-node" with { "resolution-mode": "import" };
import type { Manifest } from "../../lib/kubernetes/objects";

/** What a stack is about to do to a cluster. */
export interface Plan {
  /** Marks this stack's objects; undefined: the stack has made none yet. */
  readonly stackId: string | undefined;
  readonly namespace: string;
  /** False: the namespace must be there, and stays. */
  readonly createNamespace: boolean;
  readonly manifests: readonly Manifest[];
  /** Objects that are made and removed while the stack comes up. */
  readonly transient?: readonly Manifest[];
  /** A Secret that has to be there before, and the keys of it that the gateway needs. */
  readonly foreignSecret?: { readonly name: string; readonly keys: readonly string[] };
  /** StorageClass of the volumes; undefined: the default one. */
  readonly storageClass: string | undefined;
  readonly metricsServer: "cluster" | "install" | "ignore";
}

/** The annotation with which a stack marks what is its own. */
export const stackAnnotation = "plano-affinity/stack";

/** A pod, or what pods are made from. */
export type PodTemplate = Pick<V1PodTemplateSpec, "metadata" | "spec">;

/** A claim of a volume, or what claims are made from. */
export type Claim = Pick<V1PersistentVolumeClaim, "metadata" | "spec">;

/** The fields of any spec that are looked into. */
type Spec = Partial<
  Pick<V1DeploymentSpec, "replicas" | "strategy" | "template"> &
    Pick<V1StatefulSetSpec, "volumeClaimTemplates"> &
    Pick<V2HorizontalPodAutoscalerSpec, "minReplicas" | "maxReplicas" | "scaleTargetRef"> &
    Pick<V1ServiceSpec, "type" | "ports">
>;

/** Pods that a workload runs, by its template. */
export interface Pods {
  readonly template: PodTemplate;
  /** Those that must run for the update to end. */
  readonly least: number;
  /** Those that there may be later, at the autoscaler's most and during a rollout. */
  readonly most: number;
}

/** The pods of a workload; undefined: the object runs none. */
export function podsOf(manifest: Manifest, plan: Pick<Plan, "manifests">): Pods | undefined {
  const { template, replicas = 1, strategy } = specOf(manifest);
  if (template === undefined) return undefined;
  const scaling = plan.manifests.find((it) => {
    const target = specOf(it).scaleTargetRef;
    return target?.kind === manifest.kind && target.name === manifest.metadata.name;
  });
  const { minReplicas = 1, maxReplicas = replicas } = scaling === undefined ? {} : specOf(scaling);
  const rolls = manifest.kind === "Deployment" && strategy?.type !== "Recreate";
  const { maxSurge = "25%" } = strategy?.rollingUpdate ?? {};
  const surge = typeof maxSurge === "number" ? maxSurge : Math.ceil((maxReplicas * Number.parseInt(maxSurge, 10)) / 100);
  return { template, least: scaling === undefined ? replicas : minReplicas, most: maxReplicas + (rolls ? surge : 0) };
}

/** What a StatefulSet's claims are made from. */
export function claimTemplates(manifest: Manifest): readonly Claim[] {
  return specOf(manifest).volumeClaimTemplates ?? [];
}

/** Type and nodes' ports of a Service; undefined: it is something else. */
export function exposureOf(
  manifest: Manifest,
): { readonly type: string; readonly nodePorts: readonly number[]; readonly ports: number } | undefined {
  if (manifest.kind !== "Service") return undefined;
  const { type = "ClusterIP", ports = [] } = specOf(manifest);
  return { type, nodePorts: ports.flatMap(({ nodePort }) => nodePort ?? []), ports: ports.length };
}

/** The Service of what the autoscaler scales: the one whose type is a setting. */
export function isGateway({ kind, metadata }: Manifest, plan: Pick<Plan, "manifests">): boolean {
  return kind === "Service" && plan.manifests.some((it) => specOf(it).scaleTargetRef?.name === metadata.name);
}

function specOf(manifest: Manifest): Spec {
  return manifest["spec"] ?? {};
}
