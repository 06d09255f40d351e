import type { V1Deployment, V1EndpointSlice, V1Pod } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import type { DeploymentLook, NamedObject, PodLook, Right, Workload } from "../disruptable";
import { oneLine, reasonOf, Unmeasurable } from "../../common/errors";
import { HttpClient } from "../../http/http-client";
import { kinds, type NamespaceApi } from "../namespace-api";
import { type Pod, podsOf } from "../pods";
import { makeCutOff, removeCutOff } from "./cut-off-policy";
import { HeldScale } from "./held-scale";
import { pauseAccount } from "./redis-master";
import type { Ways } from "./ways";
import type { WorkloadQuery } from "./workload";

/** Where the side-car `redis-watch` says whether Redis lets its pod in, by a connection of its own: `/start`. */
const watchPort = 12_090;

/** A Deployment that may be disturbed, and its Redis. */
export type Disruptable = ReturnType<typeof disruptableOf>;

/** What disturbs a Deployment over the API server, and looks at it. All methods throw Unmeasurable. */
export function disruptableOf(
  api: NamespaceApi,
  workload: Workload,
  { selector, redis, redisMaster }: WorkloadQuery,
  ways: Pick<Ways, "replica" | "to" | "close">,
) {
  const { deployment, autoscaler } = workload;
  const scale = new HeldScale(api, workload);
  let mayBeCutOff = false;
  /** Ends what `cutOff` began. @param left also where a killed run began it @returns whether there was anything to end */
  const rejoin = async (signal: AbortSignal, left = false): Promise<boolean> => {
    const wasCutOff = (mayBeCutOff || left) && (await removeCutOff(api.until(signal)));
    mayBeCutOff = false;
    return wasCutOff;
  };
  /** What was listed last, by selector. */
  const listed = new Map<string, readonly Pod[]>();
  /** Gives up the ways to those that are gone. */
  const podsBy = async (labelSelector: string): Promise<readonly Pod[]> => {
    const pods = podsOf(await api.list<V1Pod>("Pod", { labelSelector }));
    const gone = listed.get(labelSelector)?.filter(({ uid }) => pods.every((pod) => pod.uid !== uid)) ?? [];
    listed.set(labelSelector, pods);
    await Promise.all(gone.map(({ uid }) => ways.close(uid)));
    return pods;
  };
  return {
    workload,
    async look(): Promise<DeploymentLook> {
      const [{ metadata, spec, status }, pods] = await Promise.all([
        api.get<V1Deployment>("Deployment", deployment.name),
        podsBy(selector),
      ]);
      return {
        wanted: spec?.replicas ?? 1,
        observed: (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0),
        updated: status?.updatedReplicas ?? 0,
        revision: metadata?.annotations?.["deployment.kubernetes.io/revision"] ?? "",
        pods: await Promise.all(
          pods.map(async (pod): Promise<PodLook> => (pod.ready ? { ...pod, replica: await ways.replica(pod) } : pod)),
        ),
      };
    },
    /** All pods that match Redis' selector, without ways to them. */
    async redisPods(): Promise<readonly PodLook[]> {
      return redis === undefined || "url" in redis ? [] : podsBy(redis.selector);
    },
    /** The pod of the Redis that takes writes, where there are several. */
    redisMaster,
    /** What keeps a pod from Redis, as its side-car finds that tries it now. @throws Unmeasurable where it has none */
    async keptFromRedis(pod: PodLook): Promise<string | undefined> {
      using client = new HttpClient({ timeoutSeconds: 10, connectionsPerReplica: 1, signal: api.signal });
      const asked = client.get(new URL(`http://${await ways.to(pod, watchPort)}/start`));
      const { status, body } = await asked.catch((error: unknown) => ({ status: reasonOf(error), body: "" }));
      if (status !== 200 && status !== 503) throw new Unmeasurable(`${pod.name} has no side-car redis-watch (${status})`);
      return status === 200 ? undefined : oneLine(body, 200);
    },
    /** Keeps a pod from Redis, by a NetworkPolicy and a label of the pod. */
    async cutOff(pod: NamedObject): Promise<void> {
      mayBeCutOff = true;
      await makeCutOff(api, pod);
    },
    /** UIDs of pods behind a Service that takes them for ready. */
    async endpoints(): Promise<ReadonlySet<string>> {
      const slices = await api.list<V1EndpointSlice>("EndpointSlice");
      return new Set(
        slices.flatMap(({ endpoints }) =>
          (endpoints ?? []).flatMap(({ conditions, targetRef }) =>
            // Where a Service publishes pods that are not ready, they count as ready even while they end.
            conditions?.ready === false || conditions?.terminating === true || targetRef?.uid === undefined
              ? []
              : [targetRef.uid],
          ),
        ),
      );
    },
    /** Of these rights, those that we do not have. */
    async missingRights(rights: readonly Right[]): Promise<readonly Right[]> {
      const names: Readonly<Record<string, string | undefined>> = {
        [kinds.Deployment.resource]: deployment.name,
        [kinds.HorizontalPodAutoscaler.resource]: autoscaler?.name,
        [kinds.Secret.resource]: pauseAccount.secret,
      };
      const had = await Promise.all(
        rights.map((right) => api.may({ ...right, name: names[right.resource.split("/")[0] ?? ""] })),
      );
      return rights.filter((_, i) => !had[i]);
    },
    /** Deletes this very pod, not a later one of its name, in the usual time of grace. */
    async deletePod({ name, uid }: NamedObject): Promise<void> {
      await api.delete("Pod", name, { preconditions: { uid } });
    },
    /** Replaces all pods one after another, as `kubectl rollout restart` does. */
    async roll(): Promise<void> {
      const { name, uid } = deployment;
      const annotations = { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() };
      const spec = { template: { metadata: { annotations } } };
      await api.patch("Deployment", name, { metadata: { uid }, spec });
    },
    /** Holds the Deployment at a number of replicas. What it was before is kept in an annotation first. */
    hold: (replicas: number): Promise<void> => scale.hold(replicas),
    rejoin,
    /** Puts back the scale of before the first `hold`, or before a killed run, and lets in whom we cut off; also at Ctrl-C. */
    putBack: (signal: AbortSignal): Promise<void> => scale.putBack(signal).finally(() => rejoin(signal)),
  };
}
