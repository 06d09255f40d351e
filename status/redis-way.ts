import { Unmeasurable } from "../verify/common/errors";
import { safeUrl } from "../verify/common/safe-url";
import { defaultOptions } from "../verify/options";
import { findMaster } from "../verify/redis/master";
import type { Cluster } from "../verify/targets/cluster";
import type { Ways } from "../verify/targets/kubernetes/ways";

const secret = { name: "plano-secrets", password: "REDIS_PASSWORD", url: "REDIS_URL" } as const;
const port = 6_379;

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
  const { selector } = defaultOptions.target.redis;
  const pods = await cluster.readyPods(selector);
  if (pods.length === 0) throw new Unmeasurable(`no ready Redis pod matches ${selector} in namespace ${namespace}`);
  const password = await cluster.secretValue(secret.name, secret.password);
  const login = password === undefined ? "" : `:${encodeURIComponent(password)}@`;
  const members = await Promise.all(
    pods.map(async (pod) => ({ name: pod.name, external: false, url: `redis://${login}${await ways.to(pod, port)}` })),
  );
  const [only, ...others] = members;
  return only !== undefined && others.length === 0 ? only : findMaster(members);
}
