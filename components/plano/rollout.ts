/** The parts of a Deployment that say how far its rollout is (Kubernetes apps/v1). */
export interface DeploymentState {
  readonly metadata?: { readonly generation?: number };
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
  };
}

/** How many replicas the autoscaler may ask for, both included. */
export interface ReplicaBounds {
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

/**
 * What keeps a Deployment from being rolled out within the autoscaler's bounds; undefined when nothing does.
 *
 * The Deployment's own rollout may be complete before the autoscaler has seen that its bounds have changed.
 */
export function rolloutObstacle(
  { metadata, spec, status }: DeploymentState,
  { minReplicas, maxReplicas }: ReplicaBounds,
): string | undefined {
  const wanted = spec?.replicas ?? 0;
  const ready = status?.readyReplicas ?? 0;
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0)) return "its last change has not been taken up";
  if (wanted < minReplicas) return `the autoscaler asks for ${wanted} of at least ${minReplicas} replicas`;
  if (wanted > maxReplicas) return `the autoscaler asks for ${wanted} of at most ${maxReplicas} replicas`;
  if ((status?.updatedReplicas ?? 0) < wanted)
    return `${status?.updatedReplicas ?? 0} of ${wanted} replicas are of the new version`;
  if ((status?.replicas ?? 0) > wanted) return `${(status?.replicas ?? 0) - wanted} replicas too many are still running`;
  return ready < wanted ? `${ready} of ${wanted} replicas are ready` : undefined;
}
