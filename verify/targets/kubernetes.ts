import { readFileSync } from "node:fs";
import net from "node:net";
import { Unmeasurable } from "../common/errors";
import type { Replica } from "../history";
import type { KubernetesTarget } from "../options";
import { Cluster } from "./cluster";
import { podChanges, type ReadyPod } from "./pods";
import { gatewayTo } from "./route";
import type { ConnectedTarget } from "./target";
import type { Tunnel } from "./tunnel";

const gatewayPort = 12000;
const redisPort = 6379;
const jaegerPort = 16686;

/** Where the demo keeps Redis' password. */
const passwordSecret = { name: "plano-secrets", key: "REDIS_PASSWORD" } as const;

/** Each connection through the API server costs a WebSocket: few of them, kept alive. */
const connectionsThroughTunnel = 8;

/** Limit of the try whether a pod's address answers by itself, in milliseconds. */
const directLimitMs = 300;

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
  const replicas = await Promise.all(
    pods.map(async (pod): Promise<Replica> => {
      return { name: pod.name, pod: pod.name, url: `http://${await ways.to(pod, gatewayPort)}` };
    }),
  );
  const watched: { readonly selector: string; readonly before: ReadyPod[] }[] = [{ selector: target.selector, before: pods }];
  const backend = async (what: string, selector: string, port: number): Promise<string> => {
    const [pod] = await cluster.readyPods(selector);
    if (pod === undefined) throw new Unmeasurable(`no ready ${what} pod matches ${selector} in namespace ${target.namespace}`);
    watched.push({ selector, before: [pod] });
    return ways.to(pod, port);
  };
  return {
    replicas,
    connectionsPerReplica: connectionsThroughTunnel,
    async redisUrl() {
      const { redis } = target;
      if (redis === undefined) throw new Unmeasurable("no Redis was named");
      if ("url" in redis) return redis.url;
      const address = await backend("Redis", redis.selector, redisPort);
      const password = redis.password ?? (await cluster.secretValue(passwordSecret.name, passwordSecret.key));
      return password === undefined ? `redis://${address}` : `redis://:${encodeURIComponent(password)}@${address}`;
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
    [Symbol.asyncDispose]: () => ways[Symbol.asyncDispose](),
  };
}

/** Ways to pods: their own address where that is known to be theirs, else a tunnel. */
class Ways implements AsyncDisposable {
  readonly #tunnels = new Map<string, Tunnel>();

  constructor(private readonly cluster: Cluster) {}

  /** @returns host and port that lead to the pod */
  async to(pod: ReadyPod, port: number): Promise<string> {
    if (pod.podIp !== undefined && this.#isItsOwn(pod) && (await answers(pod.podIp, port))) {
      return `${pod.podIp.includes(":") ? `[${pod.podIp}]` : pod.podIp}:${port}`;
    }
    const tunnel = await this.cluster.tunnel(pod.name, port);
    const address = `127.0.0.1:${tunnel.port}`;
    this.#tunnels.set(address, tunnel);
    return address;
  }

  explain(address: string): string | undefined {
    return this.#tunnels.get(address)?.lastError;
  }

  /**
   * Private addresses are used over and over, so that an answer alone does not show that it is the pod's. It is when we
   * are inside the cluster, or when this machine sends packets for the address to the very node that runs the pod.
   */
  #isItsOwn({ podIp, hostIp }: ReadyPod): boolean {
    if (this.cluster.isInside) return true;
    return podIp !== undefined && hostIp !== undefined && gatewayTo(podIp, routingTable()) === hostIp;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#tunnels.values()].map((tunnel) => tunnel[Symbol.asyncDispose]()));
  }
}

/** Empty where the system has none to read. */
function routingTable(): string {
  try {
    return readFileSync("/proc/net/route", "utf8");
  } catch {
    return "";
  }
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: directLimitMs });
    const end = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}
