import { safeUrl } from "../../verify/common/safe-url";
import { defaultOptions } from "../../verify/options";
import type { Cluster } from "../../verify/targets/cluster";
import { redisMaster } from "../../verify/targets/kubernetes/redis-pod";
import type { Ways } from "../../verify/targets/kubernetes/ways";

/** Where the stack keeps the URL of a Redis of its user's. */
const secret = { name: "plano-secrets", url: "REDIS_URL" } as const;

/** The Redis that holds the pins, and how it is reached from here. */
export interface RedisWay {
  /** The pod that takes writes, or the external address without credentials. */
  readonly name: string;
  readonly external: boolean;
  /** May hold a password. */
  readonly url: string;
}

/**
 * Finds the way to the stack's Redis, as the verifier does, but without any gateway.
 * @throws Unmeasurable when there is none
 */
export async function redisWay(
  cluster: Pick<Cluster, "readyPods" | "secretValue">,
  ways: Pick<Ways, "to">,
  namespace: string,
): Promise<RedisWay> {
  const external = await cluster.secretValue(secret.name, secret.url);
  if (external !== undefined) return { name: safeUrl(external), external: true, url: external };
  const { name, url } = await redisMaster(cluster, ways, namespace, defaultOptions.target.redis);
  return { name, external: false, url };
}
