// Texts of the files that Redis and Sentinel read.
import { createHash } from "node:crypto";
import { redisBytes } from "../../lib/quantities";
import { ports } from "../names";

/** Where Redis finds its files; what is about passwords is in a Secret of its own. */
export const redisPaths = {
  config: "/etc/redis/config",
  auth: "/etc/redis/auth",
  data: "/data",
} as const;

/** The stack's redis.conf: append-only file, and least recently used keys make room when memory is full. */
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
 * @throws Error when `maxMemory` is not a size of redis.conf; configuration is checked before
 */
export function redisMemoryLimitMib(maxMemory: string): number {
  return Math.ceil((redisBytes(maxMemory) * 2) / 2 ** 20) + 64;
}

/** Pods of the Redis that outlives its master; with three, two can outvote one that was cut off. */
export const redisMembers = ["redis-0", "redis-1", "redis-2"] as const;

/** Port of Sentinel, by its own convention. */
export const sentinelPort = 26_379;

const monitored = "pins";

/** Time without an answer after which a Sentinel takes the master for dead, in milliseconds. */
const downAfterMs = 4_000;

/**
 * Files on a member's volume that Redis and Sentinel write to themselves. `id` begins a new life of the whole group; so did
 * the lists of access, for Redis refuses to start with users in such a file beside an aclfile.
 */
export function stateFiles(id: string) {
  return { redis: `${redisPaths.data}/redis-acl-${id}.conf`, sentinel: `${redisPaths.data}/sentinel-acl-${id}.conf` } as const;
}

/** What a member begins its life with: name in the Secret → text. Sentinel rewrites it, so no password may be in it. */
export function seedFiles(hostOf: (member: string) => string): Record<string, string> {
  const [first] = redisMembers;
  const files = redisMembers.map((member) => [
    // The first one is the master of the very first start, and only of that.
    [`${member}.redis.conf`, member === first ? "" : `replicaof ${hostOf(first)} ${ports.redis}\n`],
    [`${member}.sentinel.conf`, sentinelConf(hostOf(first), hostOf(member))],
  ]);
  return Object.fromEntries(files.flat()) as Record<string, string>;
}

/** Source of the directives: Redis 7.0's sentinel.conf. Pods change their addresses, so that names are used throughout. */
function sentinelConf(master: string, self: string): string {
  return [
    "bind * -::*",
    `port ${sentinelPort}`,
    `dir ${redisPaths.data}`,
    `aclfile ${redisPaths.auth}/sentinel.acl`,
    "sentinel resolve-hostnames yes",
    "sentinel announce-hostnames yes",
    `sentinel announce-ip ${self}`,
    `sentinel announce-port ${sentinelPort}`,
    `sentinel monitor ${monitored} ${master} ${ports.redis} 2`,
    `sentinel down-after-milliseconds ${monitored} ${downAfterMs}`,
    `sentinel failover-timeout ${monitored} 15000`,
    `sentinel parallel-syncs ${monitored} 1`,
    "",
  ].join("\n");
}

/** The user by which the members of a Redis of three know each other, and Sentinel knows them. */
const memberUser = "member";

/** Name in the Secret → the members' password alone, for the probe of Sentinel. */
export const memberPasswordKey = "member-password";

/**
 * What the user `default` may do: all that the gateway (redis-rs: SETEX and DEL; the stand-in: SET … EX), the watch beside
 * it, the verifier, the probes, the proxy's check and the exporter ask for. An exporter's SLOWLOG GET would show pins.
 * The database holds nothing but pins, so that keys are not narrowed down.
 *
 * `CLIENT SETINFO` came with Redis 7.2, and 7.0 refuses a file that names it: CLIENT is allowed but for what is not.
 */
const clientCommands = [
  ...["+auth", "+hello", "+quit", "+reset", "+ping", "+echo", "+select"],
  ...["+client", "-client|pause", "-client|unpause", "-client|unblock", "-client|no-evict"],
  ...["+get", "+set", "+setex", "+psetex", "+expire", "+ttl", "+pttl", "+del", "+incr"],
  ...["+info", "+role", "+time", "+slowlog|len", "+latency|latest", "+latency|histogram"],
];

/** The account for people: it reads all pins and changes none. The gateway does not know its password. */
const lookUser = "look";

/** Name in the Secret → that user's password alone. */
const lookPasswordKey = "look-password";

const lookCommands = [
  ...["+auth", "+hello", "+quit", "+ping", "+echo", "+select", "+command", "+info", "+client|setname"],
  ...["+keys", "+scan", "+get", "+ttl", "+pttl", "+type", "+exists", "+strlen", "+dbsize", "+object", "+memory|usage"],
];

/** Runs when people type `redis-cli` in the pod: it comes first on the image's PATH, and they need no options to look. */
export const lookScript = {
  name: "redis-cli",
  path: "/usr/local/sbin/redis-cli",
  text: `#!/bin/sh
read -r REDISCLI_AUTH < ${redisPaths.auth}/${lookPasswordKey}
export REDISCLI_AUTH
PATH=\${PATH#*/usr/local/sbin:}
exec redis-cli --user ${lookUser} "$@"
`,
} as const;

/** What Sentinel and replicas need. Source: Redis' pages on Sentinel and on ACL, "ACL rules for Sentinel and Replicas". */
const memberCommands = [
  ...["+psync", "+replconf", "+ping", "+info", "+role", "+multi", "+exec", "+slaveof", "+replicaof", "+config|rewrite"],
  ...["+client|setname", "+client|kill", "+script|kill", "+subscribe", "+publish"],
];

/**
 * The access control files: name in the Secret → text. ACL files hold digests; Redis and Sentinel
 * show a password to each other and so have to know it. All are read at every start, and none is ever written to.
 *
 * All parameters are passwords.
 * @param member of the members among themselves; undefined for a single Redis, which needs none
 */
export function accessFiles(password: string, look: string, pause: string, member?: string): Record<string, string> {
  const clients = ["user default on", digest(password), "~* resetchannels -@all", ...clientCommands].join(" ");
  const looking = [`user ${lookUser} on`, digest(look), "~* resetchannels -@all", ...lookCommands].join(" ");
  const people = { [lookPasswordKey]: `${look}\n` };
  // By it the verifier's check `faults` makes Redis slow.
  const pausing = `user pause on ${digest(pause)} resetchannels -@all +auth +ping +client|pause`;
  const users = `${clients}\n${looking}\n${pausing}\n`;
  if (member === undefined) return { "users.acl": users, ...people };
  const own = digest(member);
  const members = [`user ${memberUser} on`, own, "resetkeys resetchannels &__sentinel__:hello -@all", ...memberCommands];
  return {
    "users.acl": `${users}${members.join(" ")}\n`,
    ...people,
    "replica.conf": `masteruser ${memberUser}\nmasterauth ${member}\n`,
    // Nobody but the members can reach Sentinel.
    "sentinel.acl": `user default on ${own} ~* &* +@all\n`,
    "sentinel.conf": [
      `sentinel sentinel-pass ${member}`,
      `sentinel auth-user ${monitored} ${memberUser}`,
      `sentinel auth-pass ${monitored} ${member}`,
      "",
    ].join("\n"),
    [memberPasswordKey]: member,
  };
}

/** A password as lists of access hold it. */
function digest(password: string): string {
  return `#${createHash("sha256").update(password).digest("hex")}`;
}
