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
    description: "Where to run. existing: your kubeconfig. auto: kind where Docker answers, else the sandbox on Linux as root.",
  },
  clusterName: {
    parse: parse.kubernetesName,
    default: "plano-demo",
    description: "Name of the cluster that this stack makes.",
  },
  kindNodeImage: {
    parse: parse.unless("default", parse.imageReference),
    default: "default",
    description:
      "Image of the node of a kind cluster that the stack makes, e.g. in a mirror. default: the one of the pinned kind.",
  },
  namespace: {
    parse: parse.kubernetesName,
    default: "plano-demo",
    description: "Kubernetes namespace of everything in the stack.",
    more: "`default` and `kube-…` need `createNamespace` `false`.",
  },
  context: {
    parse: parse.unless("current", parse.text),
    default: "current",
    description: "Kubeconfig context, only with cluster existing. current: the current context.",
  },
  createNamespace: {
    parse: parse.oneOf(true, false),
    default: "true",
    description: "false: the namespace exists already, and destroy keeps it. For accounts that may not create one.",
  },
  storageClass: {
    parse: parse.unless("default", parse.kubernetesObjectName),
    default: "default",
    description:
      "StorageClass of the volumes of Redis and Jaeger. default: the cluster's default. A change makes new, empty volumes.",
    more: "[More](redis.md#another-volume).",
  },
  metricsServer: {
    parse: parse.oneOf("auto", "install", "ignore"),
    default: "auto",
    description:
      "Source of the autoscaler's metrics. install: a metrics-server of this stack. ignore: not required. auto: the cluster's; installed on a kind cluster that the stack makes.",
  },
  OPENAI_API_KEY: {
    parse: parse.unless(none, parse.text),
    default: none,
    description: "OpenAI API key. none: a stub answers prompts, at no cost.",
    more: "[What changes with a key](#with-an-openai-key).",
    secret: true,
  },
  upstream: {
    parse: parse.oneOf("auto", "openai", "stub"),
    default: "auto",
    description: "What answers prompts. auto: openai when OPENAI_API_KEY is set, else stub.",
  },
  gatewayConfig: {
    parse: parse.unless(none, gatewayConfig),
    default: none,
    description: "Path of a plano_config.yaml of your own: models, routes, listeners. none: two models of OpenAI.",
    more: "[More](gateway-config.md).",
  },
  secrets: {
    parse: secrets,
    default: {},
    description:
      "Object of secret values that the gateway gets as variables of its environment, such as those that gatewayConfig names. Set one with --secret --path secrets.ANTHROPIC_API_KEY.",
    more: "[More](gateway-config.md#keys).",
    secret: true,
  },
  secretName: {
    parse: parse.unless(none, parse.kubernetesObjectName),
    default: none,
    description:
      "A Secret that is in the namespace already, with the variables that are set neither in secrets nor in OPENAI_API_KEY. Needs createNamespace false.",
    more: "[More](gateway-config.md#keys).",
  },
  caBundle: {
    parse: parse.unless(none, caBundle),
    default: none,
    description: "File with the certificates (PEM) of authorities of your own, trusted in addition to the public ones.",
    more: "[More](#authorities-of-your-own).",
  },
  gateway: {
    parse: parse.oneOf("auto", "plano", "standin"),
    default: "auto",
    description:
      "Gateway to run. plano: the official image. auto: plano; in the sandbox standin where Plano's image cannot be pulled.",
  },
  planoVersion: {
    parse: planoVersion,
    default: "0.4.27",
    description:
      "Plano release. 0.4.19 to 0.4.27 keep a session on its model by themselves, 0.4.29 to 0.4.36 with a routing budget.",
    more: "[More](versions.md).",
  },
  planoVersionUnexamined: {
    parse: parse.oneOf(true, false),
    default: "false",
    description:
      "true: planoVersion may be newer than any that was examined. It is configured as the newest of those, and the proof decides.",
    more: "[More](versions.md#newer-releases).",
  },
  image: {
    parse: parse.unless(none, parse.image),
    default: none,
    description:
      "Gateway image to use as it is: a reference, or the path of an archive as docker save writes it. none: one is built or pulled.",
    more: "[More](images.md).",
  },
  registry: {
    parse: parse.unless(none, parse.imageRepository),
    default: none,
    description: "Repository to push the built images to; the cluster pulls them by digest. none: nothing is pushed.",
  },
  images: {
    parse: images,
    default: {},
    description:
      "Object {redis, haproxy, jaeger, exporter, stub, metricsServer} of references: images of your own for parts that are not the gateway. stub: any with Node.js 20 or newer. Set one with --path images.redis.",
    more: "[More](images.md#from-a-mirror).",
  },
  imageMirror: {
    parse: parse.unless(none, parse.imageMirror),
    default: none,
    description:
      "Host and path that every published image is pulled from, in place of its registry: registry.example.com/mirror. none: the registries.",
    more: "[More](images.md#from-a-mirror).",
  },
  imagePullConfig: {
    parse: parse.unless(none, parse.dockerConfig),
    default: none,
    description: "Content of a Docker config.json with the credentials that the cluster pulls with.",
    secret: true,
  },
  minReplicas: {
    parse: parse.integer(1, 100),
    default: 2,
    description: "Fewest gateway replicas; the proof needs at least 2.",
  },
  maxReplicas: { parse: parse.integer(1, 100), default: 5, description: "Most gateway replicas." },
  cpuTarget: {
    parse: parse.integer(1, 100),
    default: 70,
    description: "Average CPU use, in percent of the request, above which replicas are added.",
  },
  drainSeconds: {
    parse: parse.integer(5, 3_600),
    default: 60,
    description: "Seconds that a stopping replica may take to finish its requests. It ends when its last connection does.",
  },
  sessionTtlSeconds: {
    parse: parse.integer(1, 31_536_000),
    default: 600,
    description: "Life of a pin in seconds, counted from the session's first request. Plano 0.4.29 and later ignore it.",
  },
  tenantHeader: {
    parse: parse.unless(none, parse.tenantHeader),
    default: none,
    description: "Request header that names the tenant, to keep the sessions of tenants apart. none: one tenant.",
  },
  redisUrl: {
    parse: parse.unless(none, parse.redisUrl),
    default: none,
    description:
      "redis:// or rediss:// URL of your own Redis, reachable from the pods and from here. none: the stack runs one in the cluster.",
    secret: true,
  },
  redisPassword: {
    parse: parse.unless(none, parse.redisPassword),
    default: none,
    description: "Password of the Redis in the cluster, 16 to 128 letters and digits. none: a random one, generated once.",
    more: "[A new password](redis.md#a-new-password).",
    secret: true,
  },
  redisReplicas: {
    parse: parse.oneOf(1, 3),
    default: 1,
    description: "Redis pods in the cluster. 3: automatic failover with Sentinel and HAProxy.",
  },
  redisMaxMemory: {
    parse: parse.redisMemory,
    default: "256mb",
    description: "Memory that Redis may use for data, as Redis writes it (256mb, 1gb); at least 8mb.",
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
      "Size of a volume for traces (5Gi), at least 64Mi; it may grow where its StorageClass allows it. none: 20,000 traces in memory, lost with Jaeger's pod.",
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
    description:
      "http://host:port of your own collector of traces (OTLP over gRPC), in place of the stack's Jaeger. none: Jaeger.",
    more: "[More](configuration.md#tracing-of-your-own).",
  },
  tracesUrl: {
    parse: parse.unless(none, parse.httpUrl),
    default: none,
    description:
      "URL of Jaeger's query API or Tempo's, where the proof looks up traces that went to otlpEndpoint. none: the check traces is left out.",
    more: "[More](configuration.md#tracing-of-your-own).",
  },
  serviceType: {
    parse: parse.oneOf("auto", "NodePort", "LoadBalancer", "ClusterIP"),
    default: "auto",
    description:
      "How the gateway is exposed. NodePort: port 32000. auto: NodePort on kind and in the sandbox, else LoadBalancer, or ClusterIP behind an ingress.",
  },
  ingress: {
    parse: ingress,
    default: noIngress,
    description:
      "Object {kind, host, className, gateway, tlsSecret, tls, annotations}: an Ingress or HTTPRoute for the gateway. Set one field with --path ingress.kind Ingress.",
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
      "Object {enabled, sessions, rounds, checks, prompts}: the proof at the end of every up; prompts is the path of a file, one a line. Set one field with --path proof.sessions 8.",
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
