/** What a stack's configuration value may be before it is read. */
export type SettingDefault = string | number | { readonly [field: string]: unknown };

/** One configuration key of this project: the single description that Pulumi.yaml, validation and the tests share. */
export interface SettingSpec {
  /** The key without the project's namespace: `pulumi config set <key>`. */
  readonly key: string;
  /** What a person has to write; numbers and objects reach the program as text and are checked here. */
  readonly type: "string" | "integer" | "object";
  /** One line for `Pulumi.yaml`; it names the type where it is not text. */
  readonly description: string;
  /** The value of a key that is not set. `none` stands for "no value", `auto` and `current` for "found out". */
  readonly default: SettingDefault;
  /** The only values allowed, where there are few. */
  readonly values?: readonly string[];
  /** True for values that must be stored encrypted (`pulumi config set --secret`). */
  readonly secret?: true;
}

/** The text that stands for "no value" in keys that may be left out. */
export const none = "none";

/** The verifier's checks that a stack's proof may ask for: all that leave the deployment alone, as a test sees to. */
export const proofChecks = ["control", "pinning", "redis", "traces", "race", "expiry"] as const;

/** The proof of a stack that configures none. */
export const defaultProof = {
  enabled: true,
  sessions: 4,
  rounds: 4,
  checks: ["control", "pinning", "redis", "traces"],
} as const;

/** Names of the stand-in gateway's faults. A test keeps the list equal to the stand-in's own table. */
export const standinFaults = [
  none,
  "memory-cache",
  "local-cache-first",
  "stale-cache",
  "race-split",
  "other-database",
  "no-pin-write",
  "late-pin-write",
  "last-write-wins",
  "value-of-another-session",
  "evicts-pins",
  "ignore-header",
  "header-stripped-by-one",
  "default-session",
  "header-case-sensitive",
  "session-by-connection",
  "session-by-address",
  "pin-by-pod",
  "wrong-key",
  "no-tenant",
  "prefix-collision",
  "ttl-extended-on-read",
  "ttl-wrong",
  "ttl-too-short",
  "ttl-missing",
  "reroute-on-third",
  "no-reconnect",
  "value-missing",
  "value-wrong-model",
  "value-schema",
  "pins-requested-model",
  "fallback-model",
  "upstream-model-drift",
  "error-every-nth",
  "trace-always-routing",
  "no-traces",
  "wrong-pod-attribute",
] as const;

/** Every key, in the order of `Pulumi.yaml`. */
export const settingSpecs = [
  {
    key: "cluster",
    type: "string",
    values: ["auto", "kind", "sandbox", "existing"],
    default: "auto",
    description:
      "Where to run: kind, sandbox, existing (your kubeconfig), or auto (kind where Docker answers, else the sandbox on Linux as root).",
  },
  { key: "clusterName", type: "string", default: "plano-demo", description: "Name of the cluster that this stack makes." },
  { key: "namespace", type: "string", default: "plano-demo", description: "Kubernetes namespace that holds everything." },
  {
    key: "context",
    type: "string",
    default: "current",
    description: "Kubeconfig context to use when cluster is existing; current: the one in use.",
  },
  {
    key: "createNamespace",
    type: "string",
    values: ["true", "false"],
    default: "true",
    description: "false: the namespace exists already and stays, as for an account that may not make one.",
  },
  {
    key: "storageClass",
    type: "string",
    default: "default",
    description: "StorageClass of Redis' volumes; default: the cluster's default one.",
  },
  {
    key: "metricsServer",
    type: "string",
    values: ["auto", "install", "ignore"],
    default: "auto",
    description:
      "Who gives the autoscaler its figures: auto (the cluster; installed on kind), install (this stack), or ignore (nobody need).",
  },
  {
    key: "OPENAI_API_KEY",
    type: "string",
    secret: true,
    default: none,
    description: "OpenAI API key; none: prompts are answered by a stub and cost nothing. Set it with --secret.",
  },
  {
    key: "upstream",
    type: "string",
    values: ["auto", "openai", "stub"],
    default: "auto",
    description: "Who answers prompts: openai, stub, or auto (openai when OPENAI_API_KEY is set, else stub).",
  },
  {
    key: "gateway",
    type: "string",
    values: ["auto", "plano", "standin"],
    default: "auto",
    description: "Which gateway to run: plano (the official image), standin, or auto (standin in the sandbox, else plano).",
  },
  {
    key: "planoVersion",
    type: "string",
    default: "0.4.27",
    description:
      "Plano release to run; 0.4.19 to 0.4.27 keep a session on its model by themselves, 0.4.29 to 0.4.36 by a routing budget.",
  },
  {
    key: "image",
    type: "string",
    default: none,
    description: "Gateway image that already exists, to use instead of building one.",
  },
  {
    key: "registry",
    type: "string",
    default: none,
    description: "Repository to push the images to that are built from the Dockerfile; none: nothing is pushed.",
  },
  {
    key: "imagePullConfig",
    type: "string",
    secret: true,
    default: none,
    description:
      "Docker's config.json with the credentials that the cluster pulls with; none: no credentials. Set it with --secret.",
  },
  {
    key: "minReplicas",
    type: "integer",
    default: 2,
    description: "Integer. Fewest gateway replicas; the proof needs at least 2.",
  },
  { key: "maxReplicas", type: "integer", default: 5, description: "Integer. Most gateway replicas." },
  {
    key: "cpuTarget",
    type: "integer",
    default: 70,
    description: "Integer. Average CPU use, in percent of the request, above which replicas are added.",
  },
  {
    key: "drainSeconds",
    type: "integer",
    default: 60,
    description:
      "Integer. Seconds that a replica may go on at its end to answer what it was asked; an idle connection uses them up.",
  },
  {
    key: "sessionTtlSeconds",
    type: "integer",
    default: 600,
    description: "Integer. Seconds that a session stays on its model, counted from its first request.",
  },
  {
    key: "tenantHeader",
    type: "string",
    default: none,
    description: "Request header that names the tenant, to keep tenants' sessions apart; none: one tenant.",
  },
  {
    key: "redisUrl",
    type: "string",
    secret: true,
    default: none,
    description: "redis:// or rediss:// URL of a Redis of your own; none: one is run in the cluster. Set it with --secret.",
  },
  {
    key: "redisPassword",
    type: "string",
    secret: true,
    default: none,
    description:
      "Password of the Redis in the cluster, 16 to 128 letters and digits; none: one is made up, once. Set it with --secret.",
  },
  {
    key: "redisReplicas",
    type: "integer",
    default: 1,
    description: "Integer. 1, or 3: Redis in the cluster that outlives its master, by Sentinel and HAProxy.",
  },
  {
    key: "redisMaxMemory",
    type: "string",
    default: "256mb",
    description: "Memory that Redis may use for data, as Redis writes it (256mb, 1gb).",
  },
  { key: "redisStorage", type: "string", default: "1Gi", description: "Size of Redis' volume, as Kubernetes writes it (1Gi)." },
  {
    key: "jaegerStorage",
    type: "string",
    default: none,
    description:
      "Size of a volume for traces, as Kubernetes writes it (5Gi); none: traces are kept in memory, and go with Jaeger's pod.",
  },
  {
    key: "serviceType",
    type: "string",
    values: ["auto", "NodePort", "LoadBalancer", "ClusterIP"],
    default: "auto",
    description:
      "How the gateway is exposed: NodePort (32000), LoadBalancer, ClusterIP, or auto (NodePort on kind and in the sandbox, else LoadBalancer, or ClusterIP behind an ingress).",
  },
  {
    key: "ingress",
    type: "object",
    default: { kind: "none" },
    description:
      "Object {kind, host, className, gateway, tlsSecret, tls, annotations}: an Ingress or HTTPRoute of the gateway's own. Set one field with --path ingress.kind Ingress.",
  },
  {
    key: "monitoring",
    type: "string",
    default: "off",
    description:
      "Whether your Prometheus Operator and Grafana get monitors, alerts and a dashboard: off, on, or on with the labels that they look for (release=prometheus).",
  },
  {
    key: "proof",
    type: "object",
    default: defaultProof,
    description:
      "Object {enabled, sessions, rounds, checks}: the proof that ends every up. Set one field with --path proof.sessions 8.",
  },
  {
    key: "standinFault",
    type: "string",
    default: none,
    description: "Bug that the stand-in gateway shall have, to see the proof find it; none: no bug.",
  },
] as const satisfies readonly SettingSpec[];

/** A configuration key of this project. */
export type SettingKey = (typeof settingSpecs)[number]["key"];

/** The spec of a key. */
export function specOf(key: SettingKey): SettingSpec {
  const spec = settingSpecs.find((candidate) => candidate.key === key);
  if (!spec) throw new Error(`no setting is called ${key}`);
  return spec;
}
