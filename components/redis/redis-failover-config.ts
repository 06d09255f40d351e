import { ports } from "../names";
import { redisPaths } from "./redis-config";

/** Pods of the Redis that outlives its master; with three, two can outvote one that was cut off. */
export const redisMembers = ["redis-0", "redis-1", "redis-2"] as const;

/** Port of Sentinel, by its own convention. */
export const sentinelPort = 26_379;

/** Port on which the proxy says how it is. */
export const proxyHealthPort = 8_404;

/** The name under which Sentinel knows the master. */
export const monitored = "pins";

/** Time without an answer after which a Sentinel takes the master for dead, in milliseconds. */
const downAfterMs = 4_000;

/**
 * Files on a member's volume that Redis and Sentinel write to themselves. `id` begins a new life of the whole group; so did
 * the lists of access, for Redis refuses to start with users in such a file beside an aclfile.
 */
export function stateFiles(id: string) {
  return { redis: `${redisPaths.data}/redis-acl-${id}.conf`, sentinel: `${redisPaths.data}/sentinel-acl-${id}.conf` } as const;
}

/**
 * The files with which a member begins its life: name in the Secret → text. Afterwards Sentinel rewrites them, so that
 * they must hold no password: a copy would keep the old one when it changes.
 */
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

/**
 * The proxy's configuration: it leads to the member that takes writes, and to no other. A master that comes back after a
 * failover takes itself for one until Sentinel tells it otherwise, but has no replica then, and so is never chosen.
 *
 * Members are named by addresses that stay: HAProxy before 3.1 takes a server whose name resolves again for healthy until
 * the next check. Valid for HAProxy 2.6 to 3.0. The password is a variable of the environment.
 *
 * @param addressOf host of a member's own service
 */
export function haproxyConf(addressOf: (member: string) => string): string {
  return `global
  # Clients hold their connections for ever: ending must not wait for them.
  hard-stop-after 3s

defaults
  mode tcp
  timeout connect 2s
  # Plano never connects again, so that no connection is too idle; this is the longest time that there is.
  timeout client 24d
  timeout server 24d
  timeout check 3s
  option clitcpka
  option srvtcpka

frontend redis
  bind :${ports.redis}
  default_backend master

backend master
  balance first
  option tcp-check
  tcp-check connect
  tcp-check send "AUTH \${REDIS_PASSWORD}\\r\\n"
  tcp-check expect string +OK
  # After QUIT Redis ends the connection, so that an answer without a match need not be waited for.
  tcp-check send "INFO replication\\r\\nQUIT\\r\\n"
  tcp-check expect rstring 'role:master\\s+connected_slaves:\\d+\\s+min_slaves_good_slaves:[1-9]'
  default-server check inter 1s fall 3 rise 1 on-marked-down shutdown-sessions
${redisMembers.map((member) => `  server ${member} ${addressOf(member)}:${ports.redis}`).join("\n")}

frontend health
  mode http
  bind :${proxyHealthPort}
  timeout client 5s
  timeout http-request 5s
  monitor-uri /ready
  monitor fail if { nbsrv(master) lt 1 }
  http-request return status 200 if { path /alive }
`;
}
