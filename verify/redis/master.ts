import { reasonOf, Unmeasurable } from "../common/errors";
import { withRedis } from "./connect";

interface RedisRole {
  /** `master`, `slave` or `sentinel`. */
  readonly role: string;
  readonly replicas: number;
}

const limitMs = 5_000;

/**
 * Finds the member that takes writes.
 * @throws Unmeasurable when there is none, or more than one
 */
export async function findMaster<T extends { readonly name: string; readonly url: string }>(members: readonly T[]): Promise<T> {
  const asked = await Promise.all(members.map(async ({ name, url }) => ({ name, answer: await roleOf(url) })));
  return members[chooseMaster(asked)] as T;
}

/**
 * Pure: the index of the member that takes writes. One that comes back after a failover takes itself for the master until
 * it is told otherwise, but has no replica then.
 * @throws Unmeasurable naming what each member says
 */
export function chooseMaster(asked: readonly { readonly name: string; readonly answer: RedisRole | string }[]): number {
  const masters = asked.flatMap(({ answer }, i) =>
    typeof answer === "object" && answer.role === "master" ? [{ i, answer }] : [],
  );
  const [first, ...others] = masters.length > 1 ? masters.filter(({ answer }) => answer.replicas > 0) : masters;
  if (first !== undefined && others.length === 0) return first.i;
  const answers = asked.map(({ name, answer }) => `${name}: ${typeof answer === "string" ? answer : answer.role}`).join(", ");
  throw new Unmeasurable(
    `it is not certain which of ${asked.length} Redis pods is the master (${answers}); name Redis by --redis-url`,
  );
}

/** @returns why it cannot be asked, where that is so */
async function roleOf(url: string): Promise<RedisRole | string> {
  try {
    const [role, , replicas] = (await withRedis(url, limitMs, (redis) => redis.call("ROLE"))) as readonly unknown[];
    return { role: String(role), replicas: Array.isArray(replicas) ? replicas.length : 0 };
  } catch (error) {
    return reasonOf(error);
  }
}
