import { waitFor } from "../lib/wait";
import type { ProofSettings } from "../settings";
import { defaultOptions, type KubernetesTarget, type PinKind, type Report, type VerifyOptions } from "../verify";
import { sessionsNeeded } from "../verify/run/plan";
import { appNames } from "./names";

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

/** What a proof needs to know about the stack it is for. */
export interface ProofSubject {
  /** Kubeconfig as YAML. */
  readonly kubeconfig: string;
  readonly namespace: string;
  /** Name of the gateway's Deployment. */
  readonly deployment: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Life of a pin's key in Redis, in seconds. */
  readonly sessionTtlSeconds: number;
  /** How the gateway keeps a session on its model. Default `fixed`. */
  readonly pin?: PinKind;
  /** Header that names the tenant; undefined: one tenant. */
  readonly tenantHeader?: string;
  /** Password of the in-cluster Redis; left out when `redisUrl` is given. */
  readonly redisPassword: string;
  /** URL of an external Redis. */
  readonly redisUrl?: string;
}

/** What a proof does its work with; tests put others in their place. */
export interface ProofTools {
  readonly verify: (options: VerifyOptions, progress: (event: { readonly phase: string }) => void) => Promise<Report>;
  /** The gateway's Deployment as it is now. */
  readonly readDeployment: (subject: ProofSubject) => Promise<DeploymentState>;
  /** Limit for the replicas to be ready, in milliseconds. */
  readonly rolloutLimitMs: number;
}

/** The options with which the verifier proves a stack. */
export function verifyOptions(subject: ProofSubject, proof: ProofSettings): VerifyOptions {
  const target: KubernetesTarget = {
    kind: "kubernetes",
    kubeconfig: subject.kubeconfig,
    namespace: subject.namespace,
    selector: `app=${appNames.gateway}`,
    redis:
      subject.redisUrl === undefined
        ? { selector: `app=${appNames.redis}`, password: subject.redisPassword }
        : { url: subject.redisUrl },
    jaeger: { selector: `app=${appNames.jaeger}` },
  };
  return {
    ...defaultOptions,
    target,
    sessions: proof.sessions,
    rounds: proof.rounds,
    checks: proof.checks,
    ttlSeconds: subject.sessionTtlSeconds,
    pin: subject.pin ?? defaultOptions.pin,
    tenant: subject.tenantHeader === undefined ? undefined : { name: subject.tenantHeader, value: "plano-affinity-proof" },
  };
}

/**
 * Waits until the gateway runs with as many replicas as it should, then lets the verifier judge.
 *
 * @throws Error when the replicas are not ready in time, naming the limit and what was last seen.
 */
export async function proveStack(
  subject: ProofSubject,
  proof: ProofSettings,
  tools: ProofTools,
  progress: (phase: string) => void,
): Promise<Report> {
  progress(`waiting for ${subject.minReplicas} to ${subject.maxReplicas} replicas`);
  const replicas = await waitFor(
    { subject: `Deployment ${subject.deployment}`, limitMs: tools.rolloutLimitMs, intervalMs: 500 },
    async () => {
      const deployment = await tools.readDeployment(subject);
      const obstacle = rolloutObstacle(deployment, subject);
      if (obstacle !== undefined) throw new Error(obstacle);
      return deployment.spec?.replicas ?? 0;
    },
  );
  // With more replicas than usual, as after a busy hour, the usual sessions do not cover every pair of them.
  const sessions = replicas > 1 ? Math.max(proof.sessions, sessionsNeeded(replicas, proof.rounds)) : proof.sessions;
  return tools.verify(verifyOptions(subject, { ...proof, sessions }), ({ phase }) => progress(phase));
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

/** Asks the API server that the subject's kubeconfig names. */
export async function readDeployment(subject: ProofSubject): Promise<DeploymentState> {
  const { AppsV1Api, KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromString(subject.kubeconfig);
  return config.makeApiClient(AppsV1Api).readNamespacedDeployment({ namespace: subject.namespace, name: subject.deployment });
}
