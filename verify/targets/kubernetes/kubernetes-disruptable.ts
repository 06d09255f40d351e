import type { V1Deployment, V1EndpointSlice, V1Pod } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import type { Disruptable, PodLook, Workload } from "../disruptable";
import { kinds, type NamespaceApi } from "../namespace-api";
import { type Pod, podsOf } from "../pods";
import { HeldScale } from "./held-scale";
import type { Ways } from "./ways";
import type { WorkloadQuery } from "./workload";

/** {@link Disruptable} over the API server. */
export function disruptableOf(
  api: NamespaceApi,
  workload: Workload,
  query: WorkloadQuery,
  ways: Pick<Ways, "replica" | "close">,
): Disruptable {
  const { deployment, autoscaler } = workload;
  const scale = new HeldScale(api, workload);
  /** Pods that were seen on their way out, by selector. A list without them is newer: they are gone. */
  const leavingBy = new Map<string, ReadonlySet<string>>();
  /** Gives up the ways to those that are gone. */
  const podsBy = async (selector: string): Promise<Pod[]> => {
    const pods = podsOf(await api.list<V1Pod>("Pod", { labelSelector: selector }));
    const before = leavingBy.get(selector) ?? new Set<string>();
    const gone = [...before].filter((uid) => pods.every((pod) => pod.uid !== uid));
    const leaving = pods.filter((pod) => pod.leaving || before.has(pod.uid));
    leavingBy.set(selector, new Set(leaving.map(({ uid }) => uid)));
    await Promise.all(gone.map((uid) => ways.close(uid)));
    return pods;
  };
  return {
    workload,
    async look() {
      const [{ metadata, spec, status }, pods] = await Promise.all([
        api.get<V1Deployment>("Deployment", deployment.name),
        podsBy(query.selector),
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
    async redisPods() {
      const { redis } = query;
      return redis === undefined || "url" in redis ? [] : podsBy(redis.selector);
    },
    async redisMaster() {
      const { name, uid } = await query.redisMaster();
      return { name, uid };
    },
    async endpoints() {
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
    async missingRights(rights) {
      const names: Readonly<Record<string, string | undefined>> = {
        [kinds.Deployment.resource]: deployment.name,
        [kinds.HorizontalPodAutoscaler.resource]: autoscaler?.name,
      };
      const had = await Promise.all(
        rights.map((right) => api.may({ ...right, name: names[right.resource.split("/")[0] ?? ""] })),
      );
      return rights.filter((_, i) => !had[i]);
    },
    async deletePod({ name, uid }) {
      await api.delete("Pod", name, { preconditions: { uid } });
    },
    async roll() {
      const { name, uid } = deployment;
      const annotations = { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() };
      const spec = { template: { metadata: { annotations } } };
      await api.patch("Deployment", name, { metadata: { uid }, spec });
    },
    hold: (replicas) => scale.hold(replicas),
    putBack: (signal) => scale.putBack(signal),
  };
}
