import { Unmeasurable } from "../../common/errors";
import { findMaster } from "../../redis/master";
import type { Cluster } from "../cluster";
import type { Pod } from "../pods";
import type { Ways } from "./ways";

export const redisPort = 6379;

/** Where the demo keeps Redis' password. */
const passwordSecret = { name: "plano-secrets", key: "REDIS_PASSWORD" } as const;

/** The demo's user that may pause Redis, and nothing else, and the Secret with its password. */
export const pauseAccount = { user: "pause", secret: "redis-pause" } as const;

/**
 * The Redis pod that takes writes; its URL may hold a password.
 *
 * @param redis its label selector, and the password where it is not in the demo's Secret
 * @throws Unmeasurable when there is none
 */
export async function redisMaster(
  cluster: Pick<Cluster, "readyPods" | "secretValue">,
  ways: Pick<Ways, "to">,
  namespace: string,
  redis: { readonly selector: string; readonly password?: string },
): Promise<Pod & { readonly url: string }> {
  const pods = await cluster.readyPods(redis.selector);
  if (pods.length === 0) throw new Unmeasurable(`no ready Redis pod matches ${redis.selector} in namespace ${namespace}`);
  const password = redis.password ?? (await cluster.secretValue(passwordSecret.name, passwordSecret.key));
  const login = password === undefined ? "" : `:${encodeURIComponent(password)}@`;
  const members = await Promise.all(
    pods.map(async (pod) => ({ ...pod, url: `redis://${login}${await ways.to(pod, redisPort)}` })),
  );
  const [only, ...others] = members;
  return only !== undefined && others.length === 0 ? only : findMaster(members);
}
