import type * as pulumi from "@pulumi/pulumi";
import { faultNames } from "../standin/fault-names";
import { caBundle } from "./ca-bundle";
import { images } from "./images";
import { ingress, noIngress } from "./ingress";
import { gatewayConfig } from "./plano/gateway-config";
import type { ObjectParser } from "./object-setting";
import * as parse from "./parsers";
import { planoVersion } from "./plano/releases";
import { pods } from "./pods";
import { defaultProof, proof } from "./proof";
import { secrets } from "./secrets";

/** One configuration key. */
export interface Setting {
  readonly parse: parse.Parser<unknown> | ObjectParser<unknown>;
  /** The value of a key that is not set. */
  readonly default: string | number | object;
  /** One line of plain text; the generator adds the values that `parse` accepts. */
  readonly description: string;
  /** Markdown that only docs/configuration.md adds. */
  readonly more?: string;
  /** The value must be stored encrypted (`pulumi config set --secret`). */
  readonly secret?: true;
}

/** The text that stands for "no value" in keys that may be left out. */
export const none = "none";

/**
 * Every key, in the order of the docs. {@link Settings}, the config section of Pulumi.yaml and the table of
 * docs/configuration.md follow from it; `npm run generate` writes the last two.
 */
export const settingTable = {
  cluster: {
    parse: parse.oneOf("auto", "kind", "sandbox", "existing"),
    default: "auto",
    description: "Where to run. existing: your kubeconfig. auto: kind if Docker answers, else the sandbox (Linux, as root).",
  },
  clusterName: {
    parse: parse.kubernetesName,
    default: "plano-demo",
    description: "Name of the cluster that this stack makes.",
  },
  kindNodeImage: {
    parse: parse.unless("default", parse.imageReference),
    default: "default",
    description: "Node image of the stack's own kind cluster, such as one in a mirror. default: the pinned one.",
  },
  namespace: {
    parse: parse.kubernetesName,
    default: "plano-demo",
    description: "Namespace of everything in the stack.",
    more: "`default` and `kube-…` need `createNamespace false`.",
  },
  context: {
    parse: parse.unless("current", parse.text),
    default: "current",
    description: "Kubeconfig context, only with cluster existing. current: the current one.",
  },
  createNamespace: {
    parse: parse.oneOf(true, false),
    default: "true",
    description: "false: use an existing namespace, which destroy keeps. For accounts that may not create one.",
  },
  storageClass: {
    parse: parse.unless("default", parse.kubernetesObjectName),
    default: "default",
    description: "StorageClass for Redis and Jaeger. default: the cluster's default. A change makes new, empty volumes.",
    more: "[More](redis.md#another-volume).",
  },
  metricsServer: {
    parse: parse.oneOf("auto", "install", "ignore"),
    default: "auto",
    description:
      "Source of the autoscaler's metrics. install: the stack's own metrics-server. ignore: not required. auto: the cluster's; install on a kind cluster that the stack makes.",
  },
  OPENAI_API_KEY: {
    parse: parse.unless(none, parse.text),
    default: none,
    description: "OpenAI API key. none: a stub answers, for free.",
    more: "[What changes with a key](#with-an-openai-key).",
    secret: true,
  },
  upstream: {
    parse: parse.oneOf("auto", "openai", "stub"),
    default: "auto",
    description: "What answers prompts. auto: openai if OPENAI_API_KEY is set, else stub.",
  },
  gatewayConfig: {
    parse: parse.unless(none, gatewayConfig),
    default: none,
    description: "Path of your own plano_config.yaml: models, routes, listeners. none: two OpenAI models.",
    more: "[More](gateway-config.md).",
  },
  secrets: {
    parse: secrets,
    default: {},
    description:
      "Object of secret environment variables for the gateway, such as those that gatewayConfig names. Set one with --secret --path secrets.ANTHROPIC_API_KEY.",
    more: "[More](gateway-config.md#keys).",
    secret: true,
  },
  secretName: {
    parse: parse.unless(none, parse.kubernetesObjectName),
    default: none,
    description: "Existing Secret with variables that neither secrets nor OPENAI_API_KEY sets. Needs createNamespace false.",
    more: "[More](gateway-config.md#keys).",
  },
  caBundle: {
    parse: parse.unless(none, caBundle),
    default: none,
    description: "PEM file of your own certificate authorities, trusted besides the public ones.",
    more: "[More](#authorities-of-your-own).",
  },
  gateway: {
    parse: parse.oneOf("auto", "plano", "standin"),
    default: "auto",
    description: "Gateway to run. plano: the official image. auto: plano, or standin in a sandbox that cannot get Plano's image.",
  },
  planoVersion: {
    parse: planoVersion,
    default: "0.4.27",
    description: "Plano release: 0.4.19 to 0.4.27, or 0.4.29 to 0.4.36 with a routing budget.",
    more: "[More](versions.md).",
  },
  planoVersionUnexamined: {
    parse: parse.oneOf(true, false),
    default: "false",
    description:
      "true: planoVersion may be newer than any examined one. It is configured like the newest of those, and the proof decides.",
    more: "[More](versions.md#newer-releases).",
  },
  image: {
    parse: parse.unless(none, parse.image),
    default: none,
    description:
      "Gateway image to use as it is: a reference, or the path of a docker save archive. none: one is built or pulled.",
    more: "[More](images.md).",
  },
  registry: {
    parse: parse.unless(none, parse.imageRepository),
    default: none,
    description: "Repository to push built images to; the cluster pulls them by digest. none: nothing is pushed.",
  },
  images: {
    parse: images,
    default: {},
    description:
      "Object {redis, haproxy, jaeger, exporter, stub, metricsServer}: your own images for these parts. stub: any with Node.js 20 or newer. Set one with --path images.redis.",
    more: "[More](images.md#from-a-mirror).",
  },
  imageMirror: {
    parse: parse.unless(none, parse.imageMirror),
    default: none,
    description:
      "Host and path to pull all published images from, such as registry.example.com/mirror. none: their own registries.",
    more: "[More](images.md#from-a-mirror).",
  },
  imagePullConfig: {
    parse: parse.unless(none, parse.dockerConfig),
    default: none,
    description: "Content of a Docker config.json: the credentials that the cluster pulls with.",
    secret: true,
  },
  minReplicas: {
    parse: parse.integer(1, 100),
    default: 2,
    description: "Minimum number of gateway replicas; the proof needs 2.",
  },
  maxReplicas: { parse: parse.integer(1, 100), default: 5, description: "Maximum number of gateway replicas." },
  cpuTarget: {
    parse: parse.integer(1, 100),
    default: 70,
    description: "Average CPU use, in percent of the request, above which replicas are added.",
  },
  drainSeconds: {
    parse: parse.integer(5, 3_600),
    default: 60,
    description: "Seconds that a stopping replica may take to finish its requests. It ends with its last connection.",
  },
  sessionTtlSeconds: {
    parse: parse.integer(1, 31_536_000),
    default: 600,
    description: "Lifetime of a pin in seconds, from the session's first request. Plano 0.4.29 and later ignore it.",
  },
  tenantHeader: {
    parse: parse.unless(none, parse.tenantHeader),
    default: none,
    description: "Request header that names the tenant, to keep tenants' sessions apart. none: one tenant.",
  },
  redisUrl: {
    parse: parse.unless(none, parse.redisUrl),
    default: none,
    description: "redis:// or rediss:// URL of your own Redis, reachable from pods and from here. none: the stack runs one.",
    secret: true,
  },
  redisPassword: {
    parse: parse.unless(none, parse.redisPassword),
    default: none,
    description: "Password of the stack's Redis, 16 to 128 letters and digits. none: a random one, generated once.",
    more: "[A new password](redis.md#a-new-password).",
    secret: true,
  },
  redisReplicas: {
    parse: parse.oneOf(1, 3),
    default: 1,
    description: "Redis pods. 3: automatic failover with Sentinel and HAProxy.",
  },
  redisMaxMemory: {
    parse: parse.redisMemory,
    default: "256mb",
    description: "Memory for Redis' data, as Redis writes it (256mb, 1gb); at least 8mb.",
  },
  redisStorage: {
    parse: parse.volumeSize,
    default: "1Gi",
    description: "Size of Redis' volume, as Kubernetes writes it (1Gi); at least 64Mi. A change makes a new, empty volume.",
    more: "[More](redis.md#another-volume).",
  },
  jaegerStorage: {
    parse: parse.unless(none, parse.volumeSize),
    default: none,
    description:
      "Size of a volume for traces (5Gi), at least 64Mi; may grow if its StorageClass allows. none: 20,000 traces in memory, lost with Jaeger's pod.",
  },
  pods: {
    parse: pods,
    default: {},
    description:
      "Object by part (gateway, redis, haproxy, jaeger, exporter, stub, metricsServer) of {resources, nodeSelector, tolerations, affinity, priorityClassName, annotations, labels}. Set one field with --path pods.redis.priorityClassName critical.",
    more: "[More](#where-pods-run).",
  },
  otlpEndpoint: {
    parse: parse.unless(none, parse.otlpEndpoint),
    default: none,
    description: "http://host:port of your own trace collector (OTLP over gRPC). none: the stack's Jaeger.",
    more: "[More](#tracing-of-your-own).",
  },
  tracesUrl: {
    parse: parse.unless(none, parse.httpUrl),
    default: none,
    description:
      "URL of Jaeger's or Tempo's query API, where the proof looks up traces sent to otlpEndpoint. none: no check traces.",
    more: "[More](#tracing-of-your-own).",
  },
  serviceType: {
    parse: parse.oneOf("auto", "NodePort", "LoadBalancer", "ClusterIP"),
    default: "auto",
    description:
      "How the gateway is exposed. NodePort: port 32000. auto: NodePort on kind and in the sandbox, else LoadBalancer, or ClusterIP with ingress.",
  },
  ingress: {
    parse: ingress,
    default: noIngress,
    description:
      "Object {kind, host, className, gateway, tlsSecret, tls, annotations}: an Ingress or HTTPRoute for the gateway. Set one field with --path ingress.kind Ingress.",
    more: "[More](addresses.md#ingress).",
  },
  monitoring: {
    parse: parse.unless("off", parse.monitoringLabels),
    default: "off",
    description:
      "Monitors, alerts and a dashboard for your Prometheus Operator and Grafana, only with cluster existing. off, on, or the labels that your Prometheus looks for, such as release=prometheus.",
    more: "[More](monitoring.md).",
  },
  proof: {
    parse: proof,
    default: defaultProof,
    description:
      "Object {enabled, sessions, rounds, checks, prompts}: the proof at the end of every up. prompts: path of a file, one prompt a line. Set one field with --path proof.sessions 8.",
  },
  standinFault: {
    parse: parse.oneOf(...faultNames),
    default: none,
    description: "Bug of the stand-in gateway, to see the proof find it. none: no bug.",
    more: "[All bugs](faults.md).",
  },
} as const satisfies { readonly [key: string]: Setting };

/** A configuration key of this project. */
export type SettingKey = keyof typeof settingTable;

export const settingKeys = Object.keys(settingTable) as SettingKey[];

type Parsed<S extends Setting> = Extract<ReturnType<S["parse"]>, { readonly value: unknown }>["value"];

type Secret<T> = T extends object ? { readonly [name in keyof T]: pulumi.Output<T[name]> } : pulumi.Output<NonNullable<T>>;

type ValueOf<S extends Setting> = S extends { readonly secret: true }
  ? Secret<Parsed<S>> | Extract<Parsed<S>, undefined>
  : Parsed<S>;

/** The values of all keys. Secrets are secret outputs; of objects, their fields are. */
export type SettingValues = { readonly [key in SettingKey]: ValueOf<(typeof settingTable)[key]> };

/** A stack's configuration, checked and typed. */
export type Settings = Omit<SettingValues, "OPENAI_API_KEY" | "upstream"> & {
  readonly openaiApiKey: SettingValues["OPENAI_API_KEY"];
  readonly upstream: "openai" | "stub";
};

/** The text of the key's default, as the engine gives configured values. */
export function defaultText(key: SettingKey): string {
  const value: Setting["default"] = settingTable[key].default;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
