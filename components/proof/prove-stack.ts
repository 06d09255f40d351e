import type { V1Deployment, V1Pod } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { KubernetesApi } from "../../lib/kubernetes/api";
import { clientConfig } from "../../lib/kubernetes/client-node";
import { waitFor } from "../../lib/wait";
import type { ProofSettings } from "../../settings";
import { hasTraces } from "../../settings/proof";
import type { PlanoConfig } from "../../settings/plano/gateway-config";
import { defaultOptions, type KubernetesTarget, type PinKind, type Report, type VerifyOptions } from "../../verify";
import { sessionsNeeded } from "../../verify/run/plan";
import { appNames, partOfStack } from "../names";
import { proofHints } from "../plano/plano-config";

/** The parts of a Deployment that say how far its rollout is. */
export type DeploymentState = Pick<V1Deployment, "metadata" | "status"> & { readonly spec?: { readonly replicas?: number } };

/** What a proof needs to know about the stack it is for. */
export interface ProofSubject {
  readonly kubeconfig: string;
  /** kubectl with the options that reach the cluster, for commands that people run. Default `kubectl`. */
  readonly kubectl?: string;
  readonly namespace: string;
  readonly deployment: string;
  /** The gateway is the stand-in; the result says so. */
  readonly isStandin: boolean;
  /** What people are told of a release of Plano that was not examined. */
  readonly unexamined?: string;
  /** How many replicas the autoscaler may ask for, both included. */
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
  /** What answers prompts. Default `stub`. */
  readonly upstream?: "openai" | "stub";
  readonly redisUrl?: string;
  /** The gateway's configuration, where the user brought one: its routes and models. */
  readonly gatewayConfig?: PlanoConfig;
  /** Collector of traces of the user's own. */
  readonly otlpEndpoint?: string;
  /** Where traces are looked up that went there. Default: nowhere. */
  readonly tracesUrl?: string;
  /** Certificates (PEM) of authorities of one's own, which that Redis may have its certificate from. */
  readonly caBundle?: string;
}

/** What a proof does its work with, and where it speaks; tests put others in their place. */
export interface ProofTools {
  readonly verify: (options: VerifyOptions, progress: (event: { readonly phase: string }) => void) => Promise<Report>;
  /** Limit for the replicas to be ready, in milliseconds. */
  readonly rolloutLimitMs: number;
  readonly progress: (phase: string) => void;
  readonly passed: (table: string) => void;
  /** Fails the update by what it throws, and leaves the program to write its outputs. */
  readonly notPassed: (message: string) => void;
}

/** The options with which the verifier proves a stack. */
export function verifyOptions(subject: ProofSubject, proof: ProofSettings): VerifyOptions {
  const { gatewayConfig: config, tracesUrl } = subject;
  const target: KubernetesTarget = {
    kind: "kubernetes",
    kubeconfig: subject.kubeconfig,
    namespace: subject.namespace,
    selector: `app=${appNames.gateway}`,
    redis:
      subject.redisUrl === undefined
        ? { selector: `app=${appNames.redis}`, password: subject.redisPassword }
        : { url: subject.redisUrl },
    jaeger: tracesUrl === undefined ? { selector: `app=${appNames.jaeger}` } : { url: tracesUrl },
  };
  const hints = config && proofHints(config, proof.prompts);
  return {
    ...defaultOptions,
    target,
    sessions: proof.sessions,
    rounds: proof.rounds,
    checks: hasTraces(subject) ? proof.checks : proof.checks.filter((it) => it !== "traces"),
    model: hints?.model ?? defaultOptions.model,
    prompts: hints?.prompts ?? proof.prompts,
    ttlSeconds: subject.sessionTtlSeconds,
    redisCa: subject.caBundle,
    pin: subject.pin ?? defaultOptions.pin,
    tenant: subject.tenantHeader === undefined ? undefined : { name: subject.tenantHeader, value: "plano-affinity-proof" },
  };
}

/** Somebody has scaled it to nothing, and time will not help. */
class SwitchedOff extends Error {
  constructor({ kubectl = "kubectl", namespace, deployment: name }: ProofSubject) {
    super(
      `Deployment ${name} is scaled to 0, which also switches its autoscaler off\n` +
        `  → ${kubectl} --namespace ${namespace} scale deployment ${name} --replicas=1; the autoscaler adds the rest`,
    );
  }
}

/**
 * Waits until the gateway runs with as many replicas as it should, and every pod of the stack is ready, then lets the
 * verifier judge.
 *
 * @throws Error when the replicas are not ready in time, naming the limit and what was last seen, or are not wanted at all
 */
export async function proveStack(
  subject: ProofSubject,
  proof: ProofSettings,
  { verify, rolloutLimitMs: limitMs, progress }: ProofTools,
): Promise<Report> {
  const { kubeconfig: content, namespace, deployment: name, minReplicas, maxReplicas } = subject;
  progress(`waiting for ${minReplicas} to ${maxReplicas} replicas`);
  using api = await KubernetesApi.connect(await clientConfig({ content }));
  const isFinal = (error: unknown): boolean => error instanceof SwitchedOff;
  const replicas = await waitFor({ subject: `Deployment ${name}`, limitMs, intervalMs: 500, isFinal }, async (signal) => {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
    const deployment = await api.json<DeploymentState>({ path, signal });
    if (deployment.spec?.replicas === 0) throw new SwitchedOff(subject);
    const obstacle = rolloutObstacle(deployment, subject);
    if (obstacle !== undefined) throw new Error(obstacle);
    await requireReadyPods(api, namespace, signal);
    return deployment.spec?.replicas ?? 0;
  });
  // With more replicas than usual, as after a busy hour, the usual sessions do not cover every pair of them.
  const sessions = replicas > 1 ? Math.max(proof.sessions, sessionsNeeded(replicas, proof.rounds)) : proof.sessions;
  return await verify(verifyOptions(subject, { ...proof, sessions }), ({ phase }) => progress(phase));
}

/** A Deployment is counted by controllers, which are late on a cluster that was just started; pods speak for themselves. */
async function requireReadyPods(api: KubernetesApi, namespace: string, signal: AbortSignal): Promise<void> {
  const labelSelector = Object.entries(partOfStack).map(([name, value]) => `${name}=${value}`);
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const { items } = await api.json<{ readonly items: readonly V1Pod[] }>({
    path,
    query: { labelSelector: labelSelector.join() },
    signal,
  });
  for (const { metadata, status } of items) {
    const isOver = metadata?.deletionTimestamp !== undefined || ["Succeeded", "Failed"].includes(status?.phase ?? "");
    const isReady = status?.conditions?.some((it) => it.type === "Ready" && it.status === "True") === true;
    if (!isOver && !isReady) throw new Error(`pod ${metadata?.name} is not ready`);
  }
}

/**
 * How far a Deployment is from being rolled out within the autoscaler's bounds; undefined when it is.
 *
 * The Deployment's own rollout may be complete before the autoscaler has seen that its bounds have changed.
 */
export function rolloutObstacle(
  { metadata, spec, status = {} }: DeploymentState,
  { minReplicas, maxReplicas }: Pick<ProofSubject, "minReplicas" | "maxReplicas">,
): string | undefined {
  const wanted = spec?.replicas ?? 0;
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, readyReplicas = 0 } = status;
  const isSeen = observedGeneration >= (metadata?.generation ?? 0);
  const isInBounds = wanted >= minReplicas && wanted <= maxReplicas;
  if (isSeen && isInBounds && replicas === wanted && updatedReplicas >= wanted && readyReplicas >= wanted) return undefined;
  return (
    `the autoscaler asks for ${wanted} of ${minReplicas} to ${maxReplicas} replicas; ${replicas} are there, ` +
    `${updatedReplicas} new, ${readyReplicas} ready${isSeen ? "" : ", of a version before the last change"}`
  );
}
