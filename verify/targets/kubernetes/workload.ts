import type {
  V1Deployment,
  V1OwnerReference,
  V1Pod,
  V1ReplicaSet,
  V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { Unmeasurable } from "../../common/errors";
import type { KubernetesTarget } from "../../options";
import type { NamedObject, Workload } from "../disruptable";
import type { NamespaceApi } from "../namespace-api";
import { controllerOf, type Pod, podsOf } from "../pods";
import { keptScale } from "./held-scale";

/** What the workload is looked for by. */
export interface WorkloadQuery extends Pick<KubernetesTarget, "context" | "selector" | "redis"> {
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
  const { context, selector, scales } = query;
  const pods = podsOf(await api.list<V1Pod>("Pod", { labelSelector: selector })).filter(({ leaving }) => !leaving);
  const { name, uid } = await deploymentOf(api, pods, selector);
  const { metadata, spec } = await api.get<V1Deployment>("Deployment", name);
  if (metadata?.uid !== uid) throw new Unmeasurable(`nothing was disturbed: Deployment ${name} is being replaced; try again`);
  const scaler = scales ? await autoscalerOf(api, name) : undefined;
  return {
    ...{ server: api.server, context, namespace: api.namespace },
    deployment: { name, uid, replicas: spec?.replicas ?? 1 },
    pods,
    autoscaler: scaler && {
      name: scaler.metadata?.name ?? "",
      uid: scaler.metadata?.uid ?? "",
      min: scaler.spec?.minReplicas ?? 1,
      max: scaler.spec?.maxReplicas ?? 1,
    },
    redis: await redisOf(api, query),
    leftover: scales ? keptScale((scaler?.metadata ?? metadata).annotations) : undefined,
  };
}

/** The one Deployment that owns all of the pods. */
async function deploymentOf(api: NamespaceApi, pods: readonly Pod[], selector: string): Promise<NamedObject> {
  const onePerSet = new Map(pods.map((pod) => [pod.owner?.uid, pod]));
  const deployments = new Map<string, string>();
  for (const pod of onePerSet.values()) {
    const owner = await ownerOf(api, pod);
    if (owner?.kind !== "Deployment") throw notOurs(`pod ${pod.name}`, owner, "replicas of a Deployment are");
    deployments.set(owner.uid, owner.name);
  }
  const [deployment, ...others] = deployments;
  if (deployment === undefined) throw new Unmeasurable(`no pod matches ${selector} in namespace ${api.namespace}`);
  const [uid, name] = deployment;
  if (others.length === 0) return { name, uid };
  const names = [...deployments.values()].sort();
  throw new Unmeasurable(
    `nothing was disturbed: ${selector} matches pods of ${names.length} Deployments, ${names.join(", ")}; choose one with --selector`,
  );
}

/** What makes a pod anew: its owner, and where that is a ReplicaSet the owner of that. */
async function ownerOf(api: NamespaceApi, { owner }: Pod): Promise<V1OwnerReference | undefined> {
  if (owner?.kind !== "ReplicaSet") return owner;
  const { metadata } = await api.get<V1ReplicaSet>("ReplicaSet", owner.name);
  return controllerOf(metadata) ?? owner;
}

function notOurs(what: string, owner: V1OwnerReference | undefined, only: string): Unmeasurable {
  const found = owner === undefined ? "has no owner" : `belongs to ${owner.kind} ${owner.name}`;
  return new Unmeasurable(`nothing was disturbed: ${what} ${found}, and only ${only}`);
}

async function autoscalerOf(api: NamespaceApi, deployment: string): Promise<V2HorizontalPodAutoscaler | undefined> {
  const all = (await api.list<V2HorizontalPodAutoscaler>("HorizontalPodAutoscaler")).filter(({ spec }) => {
    return spec?.scaleTargetRef.kind === "Deployment" && spec.scaleTargetRef.name === deployment;
  });
  if (all.length < 2) return all[0];
  const names = all.map(({ metadata }) => metadata?.name).join(", ");
  throw new Unmeasurable(`nothing was disturbed: several autoscalers fight over Deployment ${deployment}: ${names}`);
}

async function redisOf(api: NamespaceApi, { redis, redisMaster }: WorkloadQuery): Promise<Workload["redis"]> {
  if (redis === undefined) return { leftOut: "no Redis was named" };
  if ("url" in redis) return { leftOut: "Redis is outside of the deployment" };
  const ready = podsOf(await api.list<V1Pod>("Pod", { labelSelector: redis.selector })).filter((pod) => pod.ready);
  const uid = ready.length > 1 ? (await redisMaster()).uid : ready[0]?.uid;
  const pod = ready.find((it) => it.uid === uid);
  if (pod === undefined) {
    throw new Unmeasurable(
      `nothing was disturbed: no ready Redis pod matches ${redis.selector} in namespace ${api.namespace}; ` +
        "name an external Redis with --redis-url; it is left alone",
    );
  }
  const owner = await ownerOf(api, pod);
  // A pod that would not be replaced is not deleted.
  if (owner?.kind !== "StatefulSet" && owner?.kind !== "Deployment") {
    throw notOurs(`Redis' pod ${pod.name}`, owner, "one of a StatefulSet or Deployment is");
  }
  return { pod: { name: pod.name, uid: pod.uid }, owner: `${owner.kind} ${owner.name}` };
}
