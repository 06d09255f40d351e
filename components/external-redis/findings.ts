/** What the check wrote down: the first step that failed and its error, or Redis' eviction policy where it tells it. */
export type Findings = { readonly step: string; readonly error: string } | { readonly policy: string | null };

/** Errors of Redis, Node.js 20 and Python 3.11 → what was wrong, and what to do. The first that fits counts. */
const problems: readonly (readonly [RegExp, string, string])[] = [
  [
    /CERT|self.signed|unable to (get|verify)|altname|not valid for|certificate/i,
    "shows a TLS certificate that is not trusted, and Plano trusts public certificate authorities only",
    "give the Redis a certificate of a public authority, or use redis:// within a private network",
  ],
  [/WRONG_VERSION|packet length|EPROTO|record layer/i, "does not speak TLS", "write redis:// instead of rediss://"],
  [/ENOTFOUND|EAI_|not known|No address/i, "has a name that the cluster does not know", "correct the host"],
  [/ECONNREFUSED|refused/i, "refuses connections from the cluster", "correct host and port, or open the Redis to the cluster"],
  [
    /timed out|ETIMEDOUT/i,
    "does not answer to the cluster",
    "open its firewall or security group to the cluster; a port that wants TLS needs rediss://",
  ],
  [
    /UNREACH/i,
    "cannot be reached from the cluster: there is no route",
    "connect the networks, or choose a Redis within the cluster's",
  ],
  [/connection ended|ECONNRESET|reset|EOF/i, "ended the connection", "write rediss:// if it wants TLS"],
  [
    /WRONGPASS|invalid.*password|without any password|wrong number of arguments for 'auth'/i,
    "refuses the user or password of the URL",
    "correct them; special characters are written as %XX",
  ],
  [/NOAUTH/, "wants a password, and the URL has none", "write redis://:password@host or redis://user:password@host"],
  [
    /NOPERM/,
    "does not allow this user what Plano and the proof need",
    "allow it GET, SET, SETEX, EXPIRE, PTTL and DEL of plano:affinity:*, SET of plano-affinity:restart, and TIME",
  ],
  [/READONLY/, "is a read-only replica", "give the address of its primary"],
  [
    /^(MOVED|ASK|CLUSTERDOWN|CROSSSLOT)/,
    "is a node of a Redis Cluster, and Plano has no Cluster client",
    "give one stable endpoint of a Redis without cluster mode",
  ],
  [
    /unknown command/i,
    "knows no such command: it may be a Sentinel, and Plano has no Sentinel client",
    "give one stable endpoint that leads to the master",
  ],
  [/DB index|invalid DB/i, "has no database of that number", "correct the number at the end of the URL"],
  [/NOREPLICAS/, "takes no writes, for too few of its replicas are there", "fix its replication"],
  [/OOM/, "is full and takes no writes", "give it more memory, or the maxmemory-policy allkeys-lru"],
];

/**
 * Two lines for people: what is wrong with the Redis of `redisUrl`, and what to do. Undefined when nothing is.
 *
 * @param host `host:port`; no password is in it
 */
export function findingsProblem(findings: Findings, host: string): string | undefined {
  if (!("error" in findings)) return undefined;
  const { step, error } = findings;
  const [, wrong, remedy] = problems.find(([pattern]) => pattern.test(error)) ?? [
    undefined,
    "cannot be used",
    "see docs/redis.md",
  ];
  const at = step === "connect" ? error : `${step}: ${error}`;
  return `redisUrl: the Redis at ${host} ${wrong} (${at.replace(/\s+/g, " ").slice(0, 160)}).\n  → ${remedy}: pulumi config set --secret redisUrl …`;
}
