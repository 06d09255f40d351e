import type { V1Deployment, V1EndpointSlice, V1Pod } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import type { Replica } from "../../history";
import { ApiFailure } from "../api-server";
import type { KubernetesTarget } from "../../options";
import type { DeploymentLook, Disruptable, NamedObject, PodLook, Right, Workload } from "../disruptable";
import { readyPods, type ReadyPod } from "../pods";
import { GonePods } from "./gone-pods";
import { HeldScale } from "./held-scale";
import { kinds, type NamespaceApi } from "./namespace-api";
import { podLooks } from "./pod-look";

/** What is found by asking pods, not the API server. */
export interface Ways {
  /** Finds the way to a ready pod of the gateway. */
  readonly replicaOf: (pod: ReadyPod) => Promise<Replica>;
  /** Finds the pod of the Redis that takes writes. */
  readonly redisMaster: () => Promise<NamedObject>;
  /** Gives up the ways to a pod that is gone. */
  readonly close: (uid: string) => Promise<void>;
}

/** {@link Disruptable} over the API server. */
export class KubernetesDisruptable implements Disruptable {
  readonly #scale: HeldScale;
  readonly #gone = { gateway: new GonePods(), redis: new GonePods() };

  constructor(
    private readonly api: NamespaceApi,
    readonly workload: Workload,
    private readonly selectors: { readonly gateway: string; readonly redis: KubernetesTarget["redis"] },
    private readonly ways: Ways,
  ) {
    this.#scale = new HeldScale(api, workload);
  }

  async look(): Promise<DeploymentLook> {
    const [{ metadata, spec, status }, pods] = await Promise.all([
      this.api.get<V1Deployment>(kinds.deployment, this.workload.deployment.name),
      this.api.list<V1Pod>(kinds.pod, this.selectors.gateway),
    ]);
    const looks = podLooks(pods);
    await Promise.all(this.#gone.gateway.take(looks).map((uid) => this.ways.close(uid)));
    const ready = new Map(readyPods(pods).map((pod) => [pod.uid, pod]));
    return {
      wanted: spec?.replicas ?? 1,
      observed: (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0),
      updated: status?.updatedReplicas ?? 0,
      revision: metadata?.annotations?.["deployment.kubernetes.io/revision"] ?? "",
      pods: await Promise.all(
        looks.map(async (look): Promise<PodLook> => {
          const pod = ready.get(look.uid);
          return pod === undefined ? look : { ...look, replica: await this.ways.replicaOf(pod) };
        }),
      ),
    };
  }

  async redisPods(): Promise<readonly PodLook[]> {
    const { redis } = this.selectors;
    if (redis === undefined || "url" in redis) return [];
    const looks = podLooks(await this.api.list<V1Pod>(kinds.pod, redis.selector));
    await Promise.all(this.#gone.redis.take(looks).map((uid) => this.ways.close(uid)));
    return looks;
  }

  redisMaster(): Promise<NamedObject> {
    return this.ways.redisMaster();
  }

  async endpoints(): Promise<ReadonlySet<string>> {
    const slices = await this.api.list<V1EndpointSlice>(kinds.endpointSlice);
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
    const had = await Promise.all(rights.map((right) => this.#has(right)));
    return rights.filter((_, i) => !had[i]);
  }

  /** Where we may not even ask, the refusal of the act itself has to tell. */
  async #has(right: Right): Promise<boolean> {
    try {
      const { deployment, autoscaler } = this.workload;
      const kind = right.resource.split("/")[0];
      const name =
        kind === kinds.deployment.resource ? deployment.name : kind === kinds.autoscaler.resource ? autoscaler?.name : undefined;
      return await this.api.may({ ...right, name });
    } catch (error) {
      if (error instanceof ApiFailure && (error.status === 403 || error.status === 404)) return true;
      throw error;
    }
  }

  async deletePod(pod: NamedObject): Promise<void> {
    await this.api.delete(kinds.pod, pod);
  }

  async roll(): Promise<void> {
    const { name, uid } = this.workload.deployment;
    const annotations = { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() };
    const spec = { template: { metadata: { annotations } } };
    await this.api.patch(kinds.deployment, name, { metadata: { uid }, spec });
  }

  hold(replicas: number): Promise<void> {
    return this.#scale.hold(replicas);
  }

  async putBack(signal: AbortSignal): Promise<void> {
    await this.#scale.putBack(signal);
  }
}
