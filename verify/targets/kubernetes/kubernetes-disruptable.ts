import type { V1Deployment, V1EndpointSlice, V1Pod } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import type { DeploymentLook, Disruptable, NamedObject, PodLook, Right, Workload } from "../disruptable";
import { kinds, type NamespaceApi } from "../namespace-api";
import { type Pod, podsOf } from "../pods";
import { HeldScale } from "./held-scale";
import type { Ways } from "./ways";
import type { WorkloadQuery } from "./workload";

/** {@link Disruptable} over the API server. */
export class KubernetesDisruptable implements Disruptable {
  readonly #scale: HeldScale;
  /** Pods that were seen on their way out, by selector. A list without them is newer: they are gone. */
  readonly #leaving = new Map<string, ReadonlySet<string>>();

  constructor(
    private readonly api: NamespaceApi,
    readonly workload: Workload,
    private readonly query: WorkloadQuery,
    private readonly ways: Pick<Ways, "replica" | "close">,
  ) {
    this.#scale = new HeldScale(api, workload);
  }

  async look(): Promise<DeploymentLook> {
    const [{ metadata, spec, status }, pods] = await Promise.all([
      this.api.get<V1Deployment>("Deployment", this.workload.deployment.name),
      this.#pods(this.query.selector),
    ]);
    return {
      wanted: spec?.replicas ?? 1,
      observed: (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0),
      updated: status?.updatedReplicas ?? 0,
      revision: metadata?.annotations?.["deployment.kubernetes.io/revision"] ?? "",
      pods: await Promise.all(
        pods.map(async (pod): Promise<PodLook> => (pod.ready ? { ...pod, replica: await this.ways.replica(pod) } : pod)),
      ),
    };
  }

  async redisPods(): Promise<readonly PodLook[]> {
    const { redis } = this.query;
    return redis === undefined || "url" in redis ? [] : this.#pods(redis.selector);
  }

  /** Gives up the ways to those that are gone. */
  async #pods(selector: string): Promise<Pod[]> {
    const pods = podsOf(await this.api.list<V1Pod>("Pod", { labelSelector: selector }));
    const before = this.#leaving.get(selector) ?? new Set<string>();
    const gone = [...before].filter((uid) => pods.every((pod) => pod.uid !== uid));
    const leaving = pods.filter((pod) => pod.leaving || before.has(pod.uid));
    this.#leaving.set(selector, new Set(leaving.map(({ uid }) => uid)));
    await Promise.all(gone.map((uid) => this.ways.close(uid)));
    return pods;
  }

  async redisMaster(): Promise<NamedObject> {
    const { name, uid } = await this.query.redisMaster();
    return { name, uid };
  }

  async endpoints(): Promise<ReadonlySet<string>> {
    const slices = await this.api.list<V1EndpointSlice>("EndpointSlice");
    return new Set(
      slices.flatMap(({ endpoints }) =>
        (endpoints ?? []).flatMap(({ conditions, targetRef }) =>
          // Where a Service publishes pods that are not ready, they count as ready even while they end.
          conditions?.ready === false || conditions?.terminating === true || targetRef?.uid === undefined ? [] : [targetRef.uid],
        ),
      ),
    );
  }

  async missingRights(rights: readonly Right[]): Promise<readonly Right[]> {
    const { deployment, autoscaler } = this.workload;
    const names: Readonly<Record<string, string | undefined>> = {
      [kinds.Deployment.resource]: deployment.name,
      [kinds.HorizontalPodAutoscaler.resource]: autoscaler?.name,
    };
    const had = await Promise.all(
      rights.map((right) => this.api.may({ ...right, name: names[right.resource.split("/")[0] ?? ""] })),
    );
    return rights.filter((_, i) => !had[i]);
  }

  async deletePod({ name, uid }: NamedObject): Promise<void> {
    await this.api.delete("Pod", name, { preconditions: { uid } });
  }

  async roll(): Promise<void> {
    const { name, uid } = this.workload.deployment;
    const annotations = { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() };
    const spec = { template: { metadata: { annotations } } };
    await this.api.patch("Deployment", name, { metadata: { uid }, spec });
  }

  hold(replicas: number): Promise<void> {
    return this.#scale.hold(replicas);
  }

  async putBack(signal: AbortSignal): Promise<void> {
    await this.#scale.putBack(signal);
  }
}
