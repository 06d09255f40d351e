import { isObject } from "../../rpc/properties";
import type { ClusterClient } from "../client";
import { annotation, condition, listAt, mapAt, numberAt, sayingOf, textAt, type KubernetesObject } from "../objects";
import { isOwnedBy, podsOf } from "./pods";

/** What a look at an object found. */
interface Readiness {
  readonly ready: boolean;
  /** What was seen, in a few words; the end of the error if the time runs out. */
  readonly seen: string;
  /** Waiting longer cannot help: the wait ends at once. Default false. */
  readonly hopeless?: boolean;
  /** Pods whose problems are the object's. */
  readonly pods?: readonly KubernetesObject[];
}

/** How long an object has to become ready, and how to see that it is. */
export interface ReadinessRule {
  /** In seconds, unless the user says otherwise; the official provider's defaults. */
  readonly timeoutSeconds: number;
  /** Looks at the object, and at what belongs to it. */
  check(object: KubernetesObject, client: ClusterClient): Promise<Readiness>;
}

const ready = (seen: string): Readiness => ({ ready: true, seen });
const waiting = (seen: string, pods?: readonly KubernetesObject[]): Readiness => ({ ready: false, seen, pods });

/** A controller must have seen the last change before its counters mean anything. */
const isStale = (object: KubernetesObject): boolean =>
  numberAt(object, ["status", "observedGeneration"]) < numberAt(object, ["metadata", "generation"]);
const stale = waiting("the controller has not seen the change yet");

/** Counters of an object's status. */
const counters = (object: KubernetesObject, ...keys: string[]): number[] => keys.map((key) => numberAt(object, ["status", key]));

/** The pods of a Deployment's current template. */
async function newPods(object: KubernetesObject, client: ClusterClient): Promise<KubernetesObject[]> {
  const revision = "deployment.kubernetes.io/revision";
  const namespace = textAt(object, "metadata", "namespace");
  const sets = await client.list({ apiVersion: "apps/v1", kind: "ReplicaSet", namespace });
  const current = sets.find((set) => isOwnedBy(set, object) && annotation(set, revision) === annotation(object, revision));
  return current === undefined ? [] : podsOf(client, current);
}

/** What makes an object ready, by group and kind; all others are ready once they are there. */
export const readinessRules: Readonly<Record<string, ReadinessRule>> = {
  /** A rollout is over when every replica is of the new template and available, and no old one is left. */
  "apps/Deployment": {
    timeoutSeconds: 300,
    async check(object, client) {
      if (isStale(object)) return stale;
      const desired = numberAt(object, ["spec", "replicas"], 1);
      const [updated, available, all] = counters(object, "updatedReplicas", "availableReplicas", "replicas");
      if (updated === desired && available === desired && all === desired) return ready(`${desired} replicas available`);
      const seen = `${updated} of ${desired} replicas updated, ${available} available, ${all} in all`;
      const failure = condition(object, "ReplicaFailure");
      if (failure?.["status"] === "True") return waiting(`${seen}; ${sayingOf(failure)}`);
      return waiting(seen, await newPods(object, client));
    },
  },

  /** Like a Deployment's, but counted by revision; an `OnDelete` set is ready when its replicas are. */
  "apps/StatefulSet": {
    timeoutSeconds: 300,
    async check(object, client) {
      if (isStale(object)) return stale;
      const desired = numberAt(object, ["spec", "replicas"], 1);
      const [readyCount, updated] = counters(object, "readyReplicas", "updatedReplicas");
      const rolled =
        textAt(object, "spec", "updateStrategy", "type") === "OnDelete" ||
        numberAt(object, ["spec", "updateStrategy", "rollingUpdate", "partition"]) > 0 ||
        textAt(object, "status", "currentRevision") === textAt(object, "status", "updateRevision");
      if (readyCount === desired && rolled) return ready(`${desired} replicas ready`);
      const seen = `${readyCount} of ${desired} replicas ready, ${updated} updated`;
      return waiting(seen, await podsOf(client, object));
    },
  },

  /** The autoscaler has found what it scales. Its metrics may come later: a fresh cluster has none for a minute. */
  "autoscaling/HorizontalPodAutoscaler": {
    timeoutSeconds: 120,
    async check(object) {
      const able = condition(object, "AbleToScale");
      if (able === undefined) return waiting("the controller has not looked at it yet");
      return able["status"] === "True" ? ready("able to scale") : waiting(`not able to scale: ${sayingOf(able)}`);
    },
  },

  /** Something answers behind the service, and a load balancer has its address. */
  "/Service": {
    timeoutSeconds: 600,
    async check(object, client) {
      const type = textAt(object, "spec", "type") ?? "ClusterIP";
      if (type === "ExternalName") return ready("it is a name");
      if (type === "LoadBalancer" && listAt(object, "status", "loadBalancer", "ingress").length === 0) {
        return waiting(
          "the load balancer has no address yet. Only a cluster with a load balancer controller gives one: on minikube run " +
            "`minikube tunnel`, where there is none choose the type NodePort or ClusterIP",
        );
      }
      // Without a selector the endpoints are somebody else's; headless services may well start without any.
      const selected = Object.keys(mapAt(object, "spec", "selector")).length > 0;
      if (!selected || textAt(object, "spec", "clusterIP") === "None") return ready("it needs no endpoints");
      const slices = await client.list(
        { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", namespace: textAt(object, "metadata", "namespace") },
        {
          labelSelector: `kubernetes.io/service-name=${textAt(object, "metadata", "name")}`,
        },
      );
      const endpoints = slices.flatMap((slice) => listAt(slice, "endpoints")).filter(isObject);
      // Unset means ready: EndpointConditions, discovery.k8s.io/v1.
      const serving = endpoints.filter((endpoint) => mapAt(endpoint, "conditions")["ready"] !== false);
      if (serving.length > 0) return ready(`${serving.length} endpoints`);
      return waiting(endpoints.length === 0 ? "no pod matches its selector" : `none of its ${endpoints.length} pods is ready`);
    },
  },

  /** Bound, unless its class binds only when a pod asks for it. */
  "/PersistentVolumeClaim": {
    timeoutSeconds: 300,
    async check(object, client) {
      const phase = textAt(object, "status", "phase") ?? "Pending";
      if (phase === "Bound") return ready("bound");
      if (phase === "Lost") return { ready: false, seen: "its volume is lost", hopeless: true };
      const name = textAt(object, "spec", "storageClassName");
      if (name === undefined) return waiting("the cluster has no default StorageClass");
      if (name === "") return waiting(`phase ${phase}, no StorageClass: it waits for a volume made by hand`);
      const [apiVersion, kind] = ["storage.k8s.io/v1", "StorageClass"];
      const storageClass = await client.get({ apiVersion, kind, namespace: undefined, name });
      if (storageClass === undefined) return waiting(`phase ${phase}; the StorageClass ${name} does not exist`);
      if (storageClass["volumeBindingMode"] === "WaitForFirstConsumer") return ready("it binds when a pod uses it");
      return waiting(`phase ${phase}, StorageClass ${name}`);
    },
  },
};
