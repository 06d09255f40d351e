import type { Redis } from "ioredis";
import { unlessRefused } from "./connect";

/** What Redis' `INFO` says of its memory, of what it has thrown out for want of it, and of itself. */
export interface RedisMemory {
  /** Changes with every start of a server, and differs from that of another one. */
  readonly runId: string;
  /** `master`, or `slave` for one that may be behind. */
  readonly role: string;
  readonly usedBytes: number;
  /** 0: no limit. */
  readonly maxBytes: number;
  /** What makes room when memory is full; null where the server does not say. */
  readonly policy: string | null;
  readonly evictedKeys: number;
}

/** The text of `INFO`; empty where Redis does not tell, as to a user whose ACL forbids it. @throws the client's other errors */
export async function readInfo(redis: Redis): Promise<string> {
  const info: unknown = await redis.info().catch(unlessRefused);
  return typeof info === "string" ? info : "";
}

/** Reads the text of `INFO`; undefined where a figure is missing, as with servers that only speak Redis' protocol. */
export function readMemory(info: unknown): RedisMemory | undefined {
  const fields = new Map([...String(info).matchAll(/^([a-z_]+):(.*?)\r?$/gm)].map(([, name = "", value = ""]) => [name, value]));
  const count = (name: string): number => Number(/^\d+$/.exec(fields.get(name) ?? "")?.[0] ?? Number.NaN);
  const [runId, role] = [fields.get("run_id"), fields.get("role")];
  const counts = { usedBytes: count("used_memory"), maxBytes: count("maxmemory"), evictedKeys: count("evicted_keys") };
  if (runId === undefined || role === undefined || Object.values(counts).some(Number.isNaN)) return undefined;
  return { runId, role, ...counts, policy: fields.get("maxmemory_policy") ?? null };
}

/** Keys that Redis evicted between two looks; undefined when it is not one server's count, or not known. */
export function evictedBetween(before: RedisMemory | undefined, after: RedisMemory | undefined): number | undefined {
  if (after === undefined || before?.runId !== after.runId) return undefined;
  // CONFIG RESETSTAT sets the count to 0.
  return after.evictedKeys >= before.evictedKeys ? after.evictedKeys - before.evictedKeys : undefined;
}

/** Why keys were evicted, e.g. `Redis is full (used_memory 2.9 MiB of maxmemory 3.0 MiB, …)`. */
export function describeEvictions(evicted: number, { usedBytes, maxBytes, policy }: RedisMemory): string {
  const [used, most] = [usedBytes, maxBytes].map((bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`);
  const by = policy === null ? "" : `, ${policy}`;
  return `Redis is full (used_memory ${used} of maxmemory ${most}${by}; evicted_keys rose by ${evicted} during the run)`;
}
