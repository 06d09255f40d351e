import type {
  V1Deployment,
  V1ObjectMeta,
  V1OwnerReference,
  V1Pod,
  V1ReplicaSet,
  V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node" with {
  "resolution-mode": "import",
};
import { Unmeasurable } from "../../common/errors";
import type { KubernetesTarget } from "../../options";
import type { Autoscaler, NamedObject, RedisWorkload, Workload } from "../disruptable";
import { keptScale } from "./kept-scale";
import { kinds, type NamespaceApi } from "./namespace-api";
import { podLooks } from "./pod-look";

/** What the workload is looked for by. */
export interface WorkloadQuery extends Pick<KubernetesTarget, "namespace" | "selector" | "redis"> {
  readonly server: string;
  readonly context: string | undefined;
  /** Whether the Deployment will be scaled: then its autoscaler must be known. */
  readonly scales: boolean;
  /** Finds the pod of the Redis that takes writes, where several match. */
  readonly redisMaster: () => Promise<NamedObject>;
}

/**
 * Finds what may be disturbed, by owner references and never by guessing names. Changes nothing.
 * @throws Unmeasurable when it is not certain what that is
 */
export async function findWorkload(api: NamespaceApi, query: WorkloadQuery): Promise<Workload> {
  const { server, context, namespace, selector, scales } = query;
  const pods = await api.list<V1Pod>(kinds.pod, selector);
  const { name, uid } = await deploymentOf(api, pods, selector);
  const deployment = await api.get<V1Deployment>(kinds.deployment, name);
  if (deployment.metadata?.uid !== uid) throw new Unmeasurable(`Deployment ${name} is being replaced; try again`);
  const autoscaler = scales ? await autoscalerOf(api, name) : undefined;
  return {
    ...{ server, context, namespace },
    deployment: { name, uid, replicas: deployment.spec?.replicas ?? 1 },
    pods: podLooks(pods).filter(({ leaving }) => !leaving),
    autoscaler: autoscaler && numbersOf(autoscaler),
    redis: await redisOf(api, query),
    leftover: scales ? keptScale((autoscaler?.metadata ?? deployment.metadata)?.annotations)?.scale : undefined,
  };
}

/** The one Deployment that owns all of the pods, through their ReplicaSets. */
async function deploymentOf(api: NamespaceApi, pods: readonly V1Pod[], selector: string): Promise<NamedObject> {
  const living = new Set(podLooks(pods).flatMap(({ uid, leaving }) => (leaving ? [] : [uid])));
  const sets = new Map<string, string>();
  for (const { metadata } of pods.filter((pod) => living.has(pod.metadata?.uid ?? ""))) {
    const owner = controllerOf(metadata);
    if (owner?.kind !== "ReplicaSet") throw notOfDeployment(`pod ${metadata?.name}`, owner);
    sets.set(owner.name, owner.uid);
  }
  const deployments = new Map<string, NamedObject>();
  for (const [name, uid] of sets) {
    const { metadata } = await api.get<V1ReplicaSet>(kinds.replicaSet, name);
    const owner = controllerOf(metadata);
    if (metadata?.uid !== uid || owner?.kind !== "Deployment") throw notOfDeployment(`ReplicaSet ${name}`, owner);
    deployments.set(owner.uid, { name: owner.name, uid: owner.uid });
  }
  const [deployment, ...others] = deployments.values();
  if (deployment === undefined) throw new Unmeasurable(`no pod matches ${selector} in namespace ${api.namespace}`);
  if (others.length === 0) return deployment;
  const names = [...deployments.values()].map(({ name }) => name).sort();
  throw new Unmeasurable(
    `nothing was disturbed: ${selector} matches pods of ${names.length} Deployments, ${names.join(", ")}; choose one with --selector`,
  );
}

function controllerOf(metadata: V1ObjectMeta | undefined): V1OwnerReference | undefined {
  return metadata?.ownerReferences?.find(({ controller }) => controller === true);
}

function notOfDeployment(what: string, owner: V1OwnerReference | undefined): Unmeasurable {
  const found = owner === undefined ? "has no owner" : `belongs to ${owner.kind} ${owner.name}`;
  return new Unmeasurable(`nothing was disturbed: ${what} ${found}, and only replicas of a Deployment are`);
}

async function autoscalerOf(api: NamespaceApi, deployment: string): Promise<V2HorizontalPodAutoscaler | undefined> {
  const all = (await api.list<V2HorizontalPodAutoscaler>(kinds.autoscaler)).filter(({ spec }) => {
    return spec?.scaleTargetRef.kind === "Deployment" && spec.scaleTargetRef.name === deployment;
  });
  if (all.length < 2) return all[0];
  const names = all.map(({ metadata }) => metadata?.name).join(", ");
  throw new Unmeasurable(`nothing was disturbed: several autoscalers fight over Deployment ${deployment}: ${names}`);
}

function numbersOf({ metadata, spec }: V2HorizontalPodAutoscaler): Autoscaler | undefined {
  if (metadata?.name === undefined || metadata.uid === undefined || spec === undefined) return undefined;
  return { name: metadata.name, uid: metadata.uid, min: spec.minReplicas ?? 1, max: spec.maxReplicas };
}

async function redisOf(api: NamespaceApi, { redis, namespace, redisMaster }: WorkloadQuery): Promise<Workload["redis"]> {
  if (redis === undefined) return { leftOut: "no Redis was named" };
  if ("url" in redis) return { leftOut: "Redis is outside of the deployment" };
  const pods = await api.list<V1Pod>(kinds.pod, redis.selector);
  const ready = podLooks(pods).filter((pod) => pod.ready);
  const [first, ...others] = ready;
  if (first === undefined) {
    throw new Unmeasurable(
      `nothing was disturbed: no ready Redis pod matches ${redis.selector} in namespace ${namespace}; ` +
        "name an external Redis with --redis-url; it is left alone",
    );
  }
  const { name, uid } = others.length > 0 ? await redisMaster() : first;
  const owner = await redisOwner(api, pods.find((it) => it.metadata?.uid === uid)?.metadata);
  const role = others.length > 0 ? `, the master of ${ready.length}` : "";
  return { pod: { name, uid }, owner: `${owner}${role}` } satisfies RedisWorkload;
}

/** A pod that would not be replaced is not deleted. */
async function redisOwner(api: NamespaceApi, metadata: V1ObjectMeta | undefined): Promise<string> {
  const owner = controllerOf(metadata);
  if (owner?.kind === "StatefulSet") return `StatefulSet ${owner.name}`;
  if (owner?.kind === "ReplicaSet") {
    const set = await api.get<V1ReplicaSet>(kinds.replicaSet, owner.name);
    const above = controllerOf(set.metadata);
    if (above?.kind === "Deployment") return `Deployment ${above.name}`;
  }
  const found = owner === undefined ? "has no owner" : `belongs to ${owner.kind} ${owner.name}`;
  throw new Unmeasurable(
    `nothing was disturbed: Redis' pod ${metadata?.name} ${found}, and only one of a StatefulSet or Deployment is`,
  );
}
