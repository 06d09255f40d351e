/** What the check wrote down: the first step that failed and its error, or Redis' eviction policy where it tells it. */
export type Findings = { readonly step: string; readonly error: string } | { readonly policy: string | null };

/** Errors of Redis, Node.js 20 and Python 3.11 → what is wrong, and what to do. The first that fits counts. */
const problems: readonly (readonly [RegExp, string, string])[] = [
  [
    /CERT|self.signed|unable to (get|verify)|altname|not valid for|certificate/i,
    "shows a TLS certificate that is not trusted, and Plano trusts public certificate authorities only",
    "give the Redis a certificate of a public authority, or use redis:// within a private network",
  ],
  [
    /ENOTFOUND|EAI_|not known|No address|refused|timed out|ETIMEDOUT|UNREACH/i,
    "cannot be reached from the cluster",
    "correct host and port, or let the cluster reach them; a port that wants TLS needs rediss://",
  ],
  [
    /connection ended|reset|EOF|WRONG_VERSION|packet length|EPROTO|record layer/i,
    "ended the connection",
    "write rediss:// if it wants TLS, else redis://",
  ],
  [
    /WRONGPASS|NOAUTH|invalid.*password|without any password|wrong number of arguments for 'auth'/i,
    "refuses the user or password of the URL, or wants one",
    "write redis://user:password@host, special characters as %XX",
  ],
  [
    /NOPERM/,
    "does not allow this user what Plano and the proof need",
    "allow it GET, SET, SETEX, EXPIRE, PTTL and DEL of plano:affinity:*, SET of plano-affinity:restart, and TIME",
  ],
  [
    /READONLY|NOREPLICAS|OOM/,
    "takes no writes",
    "give the address of its primary, with enough replicas and memory, and the maxmemory-policy allkeys-lru",
  ],
  [
    /^(MOVED|ASK|CLUSTERDOWN|CROSSSLOT)|unknown command/i,
    "is of a Redis Cluster or a Sentinel, and Plano has no client for either",
    "give one stable endpoint that leads to the master",
  ],
  [/DB index|invalid DB/i, "has no database of that number", "correct the number at the end of the URL"],
];

/**
 * Two lines for people: what is wrong with the Redis of `redisUrl`, and what to do. Undefined when nothing is.
 *
 * @param host `host:port`; no password is in it
 */
export function findingsProblem(findings: Findings, host: string): string | undefined {
  if (!("error" in findings)) return undefined;
  const { step, error } = findings;
  const found = problems.find(([pattern]) => pattern.test(error));
  const [, wrong, remedy] = found ?? [undefined, "cannot be used", "see docs/redis.md"];
  const at = step === "connect" ? error : `${step}: ${error}`;
  return `redisUrl: the Redis at ${host} ${wrong} (${at.replace(/\s+/g, " ").slice(0, 160)}).\n  → ${remedy}: pulumi config set --secret redisUrl …`;
}
