/** What a Redis tells that is fit: its eviction policy, and after how many seconds it closes idle connections, if it does. */
export type Fit = Readonly<{ policy: string | null; idleSeconds: number | null }>;

/** What the check wrote down: the first step that failed and its error, or what it was told. */
export type Findings = { readonly step: string; readonly error: string } | Fit;

/** What is to be changed in a Redis that is fit, each in two lines for people. */
export function cautions({ policy, idleSeconds }: Fit): string[] {
  const full =
    "the Redis keeps to noeviction: once it is full no session is pinned any more.\n  → set its maxmemory-policy to allkeys-lru or volatile-ttl";
  const idle = `the Redis closes connections that are idle for ${idleSeconds} s: a gateway without requests loses it and is restarted, again and again.\n  → set its timeout to 0`;
  return [...(policy === "noeviction" ? [full] : []), ...(idleSeconds ? [idle] : [])];
}

/** Errors of Redis, Node.js 20 and Python 3.11 → what is wrong, and what to do. The first that fits counts. */
const problems: readonly (readonly [RegExp, string, string])[] = [
  [
    /max number of clients|^DENIED/,
    "lets in no more clients, or none but its own machine",
    "raise maxclients, or set a password",
  ],
  [/certificate.required|handshake.failure/i, "wants a client certificate, which Plano has not", "set tls-auth-clients no"],
  [
    /CERT|self.signed|unable to (get|verify)|altname|not valid for|certificate/i,
    "shows a TLS certificate that is not trusted, and Plano's Redis client trusts public certificate authorities only",
    "give the Redis a certificate of a public authority, or use redis:// within a private network (caBundle helps the stand-in only)",
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

/** Two lines for people: what is wrong with the Redis of `redisUrl`, and what to do. Undefined when nothing is. */
export function findingsProblem(findings: Findings, host: string): string | undefined {
  if (!("error" in findings)) return undefined;
  const { step, error } = findings;
  const found = problems.find(([pattern]) => pattern.test(error));
  const [, wrong, remedy] = found ?? [undefined, "cannot be used", "see docs/redis.md"];
  const at = step === "connect" ? error : `${step}: ${error}`;
  return `redisUrl: the Redis at ${host} ${wrong} (${at.replace(/\s+/g, " ").slice(0, 160)}).\n  → ${remedy}: pulumi config set --secret redisUrl …`;
}
