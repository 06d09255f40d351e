import { Unmeasurable } from "../../common/errors";
import type { Replica } from "../../history";
import type { KubernetesTarget } from "../../options";
import { Cluster } from "../cluster";
import type { Disruptable } from "../disruptable";
import { podChanges, type ReadyPod } from "../pods";
import type { ConnectedTarget } from "../target";
import { connectDisruptable } from "./connect-disruptable";
import { redisMaster, type RedisPod } from "./redis-pod";
import { Ways } from "./ways";

const gatewayPort = 12000;
const jaegerPort = 16686;

/** Each connection through the API server costs a WebSocket: few of them, kept alive. */
const connectionsThroughTunnel = 8;

/**
 * Finds the ready pods of the gateway and a way to each of them.
 * @throws Unmeasurable when there is no ready pod or the API server cannot be asked
 * @throws UsageError when the kubeconfig does not fit
 */
export async function connectKubernetes(target: KubernetesTarget, signal: AbortSignal): Promise<ConnectedTarget> {
  const cluster = await Cluster.connect(target, signal);
  const pods = await cluster.readyPods(target.selector);
  if (pods.length === 0) {
    throw new Unmeasurable(`no ready pod matches ${target.selector} in namespace ${target.namespace}`);
  }
  const ways = new Ways(cluster);
  const known = new Map<string, Replica>();
  const replicaOf = async (pod: ReadyPod): Promise<Replica> => {
    const url = `http://${await ways.to(pod, gatewayPort)}`;
    const replica = known.get(pod.uid) ?? { name: pod.name, pod: pod.name, url };
    known.set(pod.uid, replica);
    return replica;
  };
  const replicas = await Promise.all(pods.map(replicaOf));
  let disruptable: Promise<Disruptable> | undefined;
  const watched: { readonly selector: string; readonly before: ReadyPod[] }[] = [{ selector: target.selector, before: pods }];
  const backend = async (what: string, selector: string, port: number): Promise<string> => {
    const [pod] = await cluster.readyPods(selector);
    if (pod === undefined) throw new Unmeasurable(`no ready ${what} pod matches ${selector} in namespace ${target.namespace}`);
    watched.push({ selector, before: [pod] });
    return ways.to(pod, port);
  };
  const master = async (): Promise<RedisPod> => {
    const { redis } = target;
    if (redis === undefined || "url" in redis) throw new Unmeasurable("no Redis pod was named");
    return redisMaster(cluster, ways, target.namespace, redis);
  };
  return {
    replicas,
    connectionsPerReplica: connectionsThroughTunnel,
    async redisUrl() {
      const { redis } = target;
      if (redis === undefined) throw new Unmeasurable("no Redis was named");
      if ("url" in redis) return redis.url;
      const { pod, url } = await master();
      watched.push({ selector: redis.selector, before: [pod] });
      return url;
    },
    async jaegerUrl() {
      const { jaeger } = target;
      if (jaeger === undefined) throw new Unmeasurable("no Jaeger was named");
      return "url" in jaeger ? jaeger.url : `http://${await backend("Jaeger", jaeger.selector, jaegerPort)}`;
    },
    explain: ({ url }) => ways.explain(new URL(url).host),
    async changes() {
      const changes = await Promise.all(
        watched.map(async ({ selector, before }) => podChanges(before, await cluster.readyPods(selector))),
      );
      return changes.flat();
    },
    disruptable: (scales) =>
      (disruptable ??= connectDisruptable(
        cluster.api,
        target,
        scales,
        {
          replicaOf,
          redisMaster: async () => (await master()).pod,
          close: async (uid) => {
            known.delete(uid);
            await ways.close(uid);
          },
        },
        signal,
      )),
    async [Symbol.asyncDispose]() {
      await ways[Symbol.asyncDispose]();
      cluster[Symbol.dispose]();
    },
  };
}
