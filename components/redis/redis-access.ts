import { createHash } from "node:crypto";
import { monitored } from "./redis-failover-config";

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

/** What Sentinel and replicas need. Source: Redis' pages on Sentinel and on ACL, "ACL rules for Sentinel and Replicas". */
const memberCommands = [
  ...["+psync", "+replconf", "+ping", "+info", "+role", "+multi", "+exec", "+slaveof", "+replicaof", "+config|rewrite"],
  ...["+client|setname", "+client|kill", "+script|kill", "+subscribe", "+publish"],
];

/**
 * The access control files: name in the Secret → text. ACL files hold digests; Redis and Sentinel
 * show a password to each other and so have to know it. All are read at every start, and none is ever written to.
 *
 * @param password of the user `default`
 * @param memberPassword of the members among themselves; undefined for a single Redis, which needs none
 */
export function accessFiles(password: string, memberPassword?: string): Record<string, string> {
  const clients = ["user default on", digest(password), "~* resetchannels -@all", ...clientCommands].join(" ");
  if (memberPassword === undefined) return { "users.acl": `${clients}\n` };
  const own = digest(memberPassword);
  const members = [`user ${memberUser} on`, own, "resetkeys resetchannels &__sentinel__:hello -@all", ...memberCommands];
  return {
    "users.acl": `${clients}\n${members.join(" ")}\n`,
    "replica.conf": `masteruser ${memberUser}\nmasterauth ${memberPassword}\n`,
    // Nobody but the members can reach Sentinel.
    "sentinel.acl": `user default on ${own} ~* &* +@all\n`,
    "sentinel.conf": [
      `sentinel sentinel-pass ${memberPassword}`,
      `sentinel auth-user ${monitored} ${memberUser}`,
      `sentinel auth-pass ${monitored} ${memberPassword}`,
      "",
    ].join("\n"),
    [memberPasswordKey]: memberPassword,
  };
}

/** A password as lists of access hold it. */
function digest(password: string): string {
  return `#${createHash("sha256").update(password).digest("hex")}`;
}
