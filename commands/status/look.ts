import type { V1Deployment, V1Pod, V2HorizontalPodAutoscaler } from "@kubernetes/client-node" with {
  "resolution-mode": "import",
};
import { Unmeasurable } from "../../verify/common/errors";
import { defaultOptions, type KubernetesTarget } from "../../verify/options";
import { Cluster } from "../../verify/targets/cluster";
import { Ways } from "../../verify/targets/kubernetes/ways";
import { ApiFailure } from "../../verify/targets/namespace-api";
import { clusterOf, type StackCluster, standstill } from "./cluster";
import { lookAtRedis, type RedisFacts, redisWay } from "./redis";
import { newestVerdict, type ReportVerdict } from "./reports";
import { type Seen, see } from "./seen";
import { type AffinityOutput, isUp, settingOf, type StackFacts, type StackOnCluster, verdictTime } from "./stack";
import {
  type AutoscalerFacts,
  autoscalerFacts,
  type GatewayFacts,
  gatewayFacts,
  type ReplicaFacts,
  replicaFacts,
} from "./workload";

/** What is asked of the cluster. */
interface ClusterFacts {
  /** Kubernetes' version, or why the cluster does not answer. */
  readonly runs: Seen<string>;
  readonly gateway: Seen<GatewayFacts>;
  readonly replicas: Seen<readonly ReplicaFacts[]>;
  readonly autoscaler: Seen<AutoscalerFacts>;
  readonly redis: Seen<RedisFacts & { readonly name: string; readonly external: boolean }>;
}

/** All that one screen shows. */
export interface StatusFacts extends ClusterFacts {
  readonly now: Date;
  readonly stack: StackFacts;
  readonly namespace: string;
  readonly cluster: StackCluster;
  readonly verdict: Seen<AffinityOutput & { readonly at: Date | undefined }>;
  /** The newest report of the verifier in this checkout; undefined where there is none. */
  readonly report: Seen<ReportVerdict> | undefined;
}

/** The Deployment and its autoscaler. */
const gatewayName = "plano";

/**
 * Looks at a stack; what cannot be seen says why. Changes nothing.
 * @param project the checkout, whose reports are looked at
 */
export async function look(stack: StackOnCluster, project: string, signal: AbortSignal): Promise<StatusFacts> {
  const { kubeconfig, affinity } = stack.outputs;
  const namespace = stack.outputs.namespace ?? settingOf(stack, "namespace") ?? defaultOptions.target.namespace;
  const cluster = clusterOf(kubeconfig, settingOf(stack, "cluster"));
  const target: KubernetesTarget = { ...defaultOptions.target, kubeconfig, namespace };
  const [facts, report] = await Promise.all([lookAtCluster(target, stack, cluster, signal), see(() => newestVerdict(project))]);
  return {
    ...facts,
    now: new Date(),
    stack,
    namespace,
    cluster,
    verdict: affinity === undefined ? { why: "none yet" } : { value: { ...affinity, at: verdictTime(stack, affinity.verdict) } },
    report: "value" in report ? report.value && { value: report.value } : report,
  };
}

async function lookAtCluster(
  target: KubernetesTarget,
  stack: StackFacts,
  cluster: StackCluster,
  signal: AbortSignal,
): Promise<ClusterFacts> {
  const nothing = (runs: Seen<string>, why: string): ClusterFacts => ({
    runs,
    gateway: { why },
    replicas: { why },
    autoscaler: { why },
    redis: { why },
  });
  const stopped = await standstill(cluster);
  if (stopped !== undefined) return nothing({ why: stopped }, "the cluster is stopped");
  const connected = await see(() => Cluster.connect(target, signal));
  if ("why" in connected) return nothing(connected, "the cluster cannot be asked");
  using client = connected.value;
  const { api } = client;
  const runs = await see(() => api.version());
  if ("why" in runs) return nothing(runs, "the cluster does not answer");
  if (!isUp(stack)) return nothing(runs, "not on the cluster; npm start brings it back");
  const [gateway, replicas, autoscaler, redis] = await Promise.all([
    see(async () => {
      const deployment = await api.get<V1Deployment>("Deployment", gatewayName).catch(unlessThere("Deployment"));
      return gatewayFacts(deployment, settingOf(stack, "planoVersion"));
    }),
    see(async () => replicaFacts(await api.list<V1Pod>("Pod", { labelSelector: target.selector }), new Date())),
    see(async () =>
      autoscalerFacts(
        await api
          .get<V2HorizontalPodAutoscaler>("HorizontalPodAutoscaler", gatewayName)
          .catch(unlessThere("HorizontalPodAutoscaler")),
      ),
    ),
    see(async () => {
      await using ways = new Ways(client);
      const { url, ...way } = await redisWay(client, ways, target.namespace);
      return { ...way, ...(await lookAtRedis(url)) };
    }),
  ]);
  return { runs, gateway, replicas, autoscaler, redis };
}

function unlessThere(kind: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof ApiFailure && error.status === 404) throw new Unmeasurable(`there is no ${kind} ${gatewayName}`);
    throw error;
  };
}
