import type {
  V1Deployment,
  V1EndpointSlice,
  V1ObjectMeta,
  V1Pod,
  V1ReplicaSet,
  V1Service,
  V1StatefulSet,
  V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node" with { "resolution-mode": "import" };
import type { PropertyMap } from "../../rpc/properties";
import type { ClusterClient } from "../cluster";
import { at } from "../objects";
import { isOwnedBy, podsOf, saidOf } from "./pods";

/** What keeps an object from being ready. */
interface Waiting {
  /** In a few words; the end of the error if the time runs out. */
  readonly seen: string;
  /** Pods whose problems are the object's. */
  readonly pods?: readonly V1Pod[];
  /** Time alone will not help. */
  readonly hopeless?: true;
}

/** How long an object has to become ready, and how to see that it is. */
export interface ReadinessRule {
  /** In seconds, unless the user says otherwise; the official provider's defaults. */
  readonly timeoutSeconds: number;
  /** Looks at the object, and at what belongs to it; undefined: it is ready. */
  readonly check: (object: PropertyMap, client: ClusterClient) => Promise<Waiting | undefined>;
}

/** @param check takes the object as its kind has it, once its controller has seen the last change */
function rule<T>(
  timeoutSeconds: number,
  check: (object: T, client: ClusterClient) => Promise<Waiting | undefined>,
): ReadinessRule {
  const seen = "the controller has not seen the change yet";
  const isStale = (it: PropertyMap) => Number(at(it, "status", "observedGeneration")) < Number(at(it, "metadata", "generation"));
  return { timeoutSeconds, check: async (object, client) => (isStale(object) ? { seen } : check(object as T, client)) };
}

async function newPods({ metadata }: V1Deployment, client: ClusterClient): Promise<readonly V1Pod[]> {
  const revisionOf = (it: V1ObjectMeta | undefined) => it?.annotations?.["deployment.kubernetes.io/revision"];
  const all = { apiVersion: "apps/v1", kind: "ReplicaSet", namespace: metadata?.namespace };
  const sets = (await client.list(all)) as readonly V1ReplicaSet[];
  const current = sets.find((it) => isOwnedBy(it, metadata) && revisionOf(it.metadata) === revisionOf(metadata));
  return current === undefined ? [] : podsOf(client, current);
}

/** What makes an object ready, by group and kind; all others are ready once they are there. */
export const readinessRules: Readonly<Record<string, ReadinessRule>> = {
  /** A rollout is over when every replica is of the new template and available, and no old one is left. */
  "apps/Deployment": rule<V1Deployment>(300, async (object, client) => {
    const { spec, status = {} } = object;
    const desired = spec?.replicas ?? 1;
    const { updatedReplicas: updated = 0, availableReplicas: available = 0, replicas: all = 0 } = status;
    if (updated === desired && available === desired && all === desired) return undefined;
    const seen = `${updated} of ${desired} replicas updated, ${available} available, ${all} in all`;
    const failure = status.conditions?.find((it) => it.type === "ReplicaFailure" && it.status === "True");
    return failure === undefined ? { seen, pods: await newPods(object, client) } : { seen: `${seen}; ${saidOf(failure)}` };
  }),

  /** Like a Deployment's, but counted by revision. */
  "apps/StatefulSet": rule<V1StatefulSet>(300, async (object, client) => {
    const { spec, status = { replicas: 0 } } = object;
    const desired = spec?.replicas ?? 1;
    const { readyReplicas = 0, updatedReplicas = 0, currentRevision, updateRevision } = status;
    if (readyReplicas === desired && currentRevision === updateRevision) return undefined;
    const seen = `${readyReplicas} of ${desired} replicas ready, ${updatedReplicas} updated`;
    return { seen, pods: await podsOf(client, object) };
  }),

  /** The autoscaler has found what it scales. Its metrics may come later: a fresh cluster has none for a minute. */
  "autoscaling/HorizontalPodAutoscaler": rule<V2HorizontalPodAutoscaler>(120, async ({ status }) => {
    const able = status?.conditions?.find(({ type }) => type === "AbleToScale");
    if (able === undefined) return { seen: "the controller has not looked at it yet" };
    return able.status === "True" ? undefined : { seen: `not able to scale: ${saidOf(able)}` };
  }),

  /** Something answers behind the service, and a load balancer has its address. */
  "/Service": rule<V1Service>(600, async ({ metadata, spec, status }, client) => {
    if (spec?.type === "LoadBalancer" && (status?.loadBalancer?.ingress ?? []).length === 0) {
      const how = "on minikube run `minikube tunnel`, where there is none choose the type NodePort or ClusterIP";
      return { seen: `the load balancer has no address yet. Only a cluster with a load balancer controller gives one: ${how}` };
    }
    // Without a selector the endpoints are somebody else's; headless services may well start without any.
    const selected = Object.keys(spec?.selector ?? {}).length > 0;
    if (!selected || spec?.clusterIP === "None" || spec?.type === "ExternalName") return undefined;
    const all = { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", namespace: metadata?.namespace };
    const labelSelector = `kubernetes.io/service-name=${metadata?.name}`;
    const slices = (await client.list(all, { labelSelector })) as unknown as readonly Partial<V1EndpointSlice>[];
    const endpoints = slices.flatMap((slice) => slice.endpoints ?? []);
    // Unset means ready: EndpointConditions, discovery.k8s.io/v1.
    if (endpoints.some(({ conditions }) => conditions?.ready !== false)) return undefined;
    if (endpoints.length > 0) return { seen: `none of its ${endpoints.length} pods is ready` };
    const off = await scaledToNothing(metadata?.namespace, spec?.selector ?? {}, client);
    return off === undefined ? { seen: "no pod matches its selector" } : { seen: off, hopeless: true };
  }),
};

/** Says so, and what to do, where the pods that a service leads to are those of a Deployment that is to have none. */
async function scaledToNothing(namespace = "", selector: object, client: ClusterClient): Promise<string | undefined> {
  const all = { apiVersion: "apps/v1", kind: "Deployment", namespace };
  const name = ((await client.list(all)) as readonly V1Deployment[]).find(({ spec }) => {
    const { labels = {} } = spec?.template.metadata ?? {};
    return spec?.replicas === 0 && Object.entries(selector).every(([key, value]) => labels[key] === value);
  })?.metadata?.name;
  const remedy = `with the cluster's kubeconfig, kubectl --namespace ${namespace} scale deployment ${name} --replicas=1; an autoscaler adds the rest`;
  return name && `Deployment ${name} is scaled to 0, which also switches an autoscaler off\n  → ${remedy}`;
}
