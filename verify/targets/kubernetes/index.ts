import { Unmeasurable } from "../../common/errors";
import type { Replica } from "../../history";
import type { KubernetesTarget } from "../../options";
import { Cluster } from "../cluster";
import { type Pod, podChanges } from "../pods";
import type { ConnectedTarget } from "../target";
import { type Disruptable, disruptableOf } from "./kubernetes-disruptable";
import { pauseAccount, redisMaster } from "./redis-master";
import { Ways } from "./ways";
import { accusation } from "./watch-log";
import { findWorkload } from "./workload";

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
  const ways = new Ways(cluster);
  const dispose = async (): Promise<void> => {
    await ways[Symbol.asyncDispose]();
    cluster[Symbol.dispose]();
  };
  const { namespace, selector, redis, jaeger } = target;
  const connectedAt = performance.now();
  const find = async (): Promise<readonly [readonly Pod[], readonly Replica[]]> => {
    const pods = await cluster.readyPods(selector);
    if (pods.length === 0) throw new Unmeasurable(`no ready pod matches ${selector} in namespace ${namespace}`);
    return [pods, await Promise.all(pods.map((pod) => ways.replica(pod)))];
  };
  const [pods, replicas] = await find().catch(async (error: unknown) => {
    await dispose();
    throw error;
  });
  const watched: { readonly selector: string; readonly before: readonly Pod[] }[] = [{ selector, before: pods }];
  let disruptable: Promise<Disruptable> | undefined;
  const master = async () => {
    if (redis === undefined || "url" in redis) throw new Unmeasurable("no Redis pod was named");
    const { name, uid } = await redisMaster(cluster, ways, namespace, redis);
    return { name, uid };
  };
  return {
    replicas,
    connectionsPerReplica: connectionsThroughTunnel,
    async redisUrl() {
      if (redis === undefined) throw new Unmeasurable("no Redis was named");
      if ("url" in redis) return redis.url;
      const { url, ...pod } = await redisMaster(cluster, ways, namespace, redis);
      watched.push({ selector: redis.selector, before: [pod] });
      return url;
    },
    async pauseUrl() {
      const password = await cluster.secretValue(pauseAccount.secret, "password");
      if (password === undefined || redis === undefined || "url" in redis) return undefined;
      const { url } = await redisMaster(cluster, ways, namespace, redis);
      return Object.assign(new URL(url), { username: pauseAccount.user, password }).href;
    },
    async jaegerUrl() {
      if (jaeger === undefined) throw new Unmeasurable("no Jaeger was named");
      if ("url" in jaeger) return jaeger.url;
      const [pod] = await cluster.readyPods(jaeger.selector);
      if (pod === undefined) throw new Unmeasurable(`no ready Jaeger pod matches ${jaeger.selector} in namespace ${namespace}`);
      watched.push({ selector: jaeger.selector, before: [pod] });
      return `http://${await ways.to(pod, jaegerPort)}`;
    },
    explain: ({ url }) => ways.explain(new URL(url).host),
    async changes() {
      const sinceSeconds = Math.ceil((performance.now() - connectedAt) / 1_000) + 1;
      const changes = watched.map(async ({ selector, before }) => {
        const after = (await cluster.pods(selector)).map(async (pod) => {
          if (pod.ended === undefined) return pod;
          return { ...pod, ended: (await accusation(cluster.api, pod.name, sinceSeconds)) ?? pod.ended };
        });
        return podChanges(before, await Promise.all(after));
      });
      return (await Promise.all(changes)).flat();
    },
    disruptable(scales) {
      const { api, context } = cluster;
      const query = { context, selector, redis, scales, redisMaster: master };
      return (disruptable ??= findWorkload(api, query).then((found) => disruptableOf(api, found, query, ways)));
    },
    [Symbol.asyncDispose]: dispose,
  };
}
