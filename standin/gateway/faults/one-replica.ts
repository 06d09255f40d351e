import type { FaultContext } from "./fault";

/** The key under which the replicas agree on which of them has the fault. */
const KEY = "standin:faulty-replica";

/** A day, in seconds: longer than a demonstration. */
const LIFETIME_SECONDS = 86_400;

/**
 * Chooses one replica among those that share a Redis, for bugs that only one of them has: the first that starts.
 *
 * @returns whether it is this one
 */
export async function isChosenReplica({ redis, podName }: FaultContext): Promise<boolean> {
  await redis.set(KEY, podName, "EX", LIFETIME_SECONDS, "NX");
  return (await redis.get(KEY)) === podName;
}
