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

const units: { readonly [unit: string]: number } = { "": 1, k: 1e3, kb: 2 ** 10, m: 1e6, mb: 2 ** 20, g: 1e9, gb: 2 ** 30 };

/**
 * The memory limit of Redis' container, in MiB: twice what the data may use, for rewriting the append-only file
 * copies pages that change meanwhile, plus 64 MiB for the process itself.
 *
 * @throws Error when `maxMemory` is not a size of redis.conf; configuration is checked before.
 */
export function redisMemoryLimitMib(maxMemory: string): number {
  const match = /^(\d+)([a-z]*)$/i.exec(maxMemory);
  const factor = units[match?.[2]?.toLowerCase() ?? ""];
  if (!match || factor === undefined) throw new Error(`"${maxMemory}" is not a size of redis.conf`);
  return Math.ceil((Number(match[1]) * factor * 2) / 2 ** 20) + 64;
}
