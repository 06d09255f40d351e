import { redisBytes } from "../../lib/quantities";

/** Where Redis finds its files; what is about passwords is in a Secret of its own. */
export const redisPaths = {
  config: "/etc/redis/config",
  auth: "/etc/redis/auth",
  data: "/data",
} as const;

/**
 * The redis.conf of the stack: append-only file, and least recently used keys make room when memory is full.
 *
 * @param maxMemory as redis.conf writes it: `256mb`
 * @param replicated there are replicas that the master waits for
 */
export function redisConf(maxMemory: string, replicated = false): string {
  return [
    "bind * -::*",
    "port 6379",
    `dir ${redisPaths.data}`,
    "appendonly yes",
    'save ""',
    `maxmemory ${maxMemory}`,
    "maxmemory-policy allkeys-lru",
    // Passwords stay out of this file and out of the command line; Redis copies an aclfile to no other file.
    `aclfile ${redisPaths.auth}/users.acl`,
    ...(replicated ? replication : []),
    "",
  ].join("\n");
}

const replication = [
  // A master that was cut off must not take pins that the others will never see.
  "min-replicas-to-write 1",
  "min-replicas-max-lag 5",
  "repl-diskless-sync-delay 0",
  `include ${redisPaths.auth}/replica.conf`,
];

/**
 * The memory limit of Redis' container, in MiB: twice what the data may use, for rewriting the append-only file
 * copies pages that change meanwhile, plus 64 MiB for the process itself.
 *
 * @throws Error when `maxMemory` is not a size of redis.conf; configuration is checked before.
 */
export function redisMemoryLimitMib(maxMemory: string): number {
  return Math.ceil((redisBytes(maxMemory) * 2) / 2 ** 20) + 64;
}
