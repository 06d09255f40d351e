import * as pulumi from "@pulumi/pulumi";
import { type IngressSettings, noIngress, readIngress } from "./ingress";
import { type MonitoringLabels, monitoringLabels } from "./monitoring";
import * as parse from "./parsers";
import { releaseOf } from "./plano/releases";
import { planoVersion } from "./plano-version";
import { readProof, type ProofSettings } from "./proof";
import { SettingReader } from "./reader";
import { defaultProof, none, specOf, standinFaults } from "./schema";
import { redisMemory, volumeSize } from "./sizes";
import type { ConfigSource } from "./source";
import { describeViolations } from "./violation";

/** A stack's configuration, checked and typed. Secrets are secret outputs. */
export interface Settings {
  readonly cluster: "auto" | "kind" | "sandbox" | "existing";
  readonly clusterName: string;
  readonly namespace: string;
  /** Kubeconfig context for an existing cluster; undefined: the current one. */
  readonly context: string | undefined;
  /** False: the namespace exists already, and is not removed. */
  readonly createNamespace: boolean;
  /** StorageClass of Redis' volumes; undefined: the cluster's default one. */
  readonly storageClass: string | undefined;
  readonly metricsServer: "auto" | "install" | "ignore";
  readonly openaiApiKey: pulumi.Output<string> | undefined;
  readonly upstream: "openai" | "stub";
  readonly gateway: "auto" | "plano" | "standin";
  readonly planoVersion: string;
  readonly image: string | undefined;
  /** Repository to push the images to that are built; undefined: nothing is pushed. */
  readonly registry: string | undefined;
  /** Docker's `config.json` with the credentials that the cluster pulls with. */
  readonly imagePullConfig: pulumi.Output<string> | undefined;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Percent of the CPU request. */
  readonly cpuTarget: number;
  /** How long a replica that ends may take to answer what it was asked. */
  readonly drainSeconds: number;
  readonly sessionTtlSeconds: number;
  readonly tenantHeader: string | undefined;
  readonly redisUrl: pulumi.Output<string> | undefined;
  /** Password of the Redis in the cluster; undefined: one is made up. */
  readonly redisPassword: pulumi.Output<string> | undefined;
  /** 1, or 3 with automatic failover. */
  readonly redisReplicas: number;
  /** Bytes as redis.conf writes them: `256mb`. */
  readonly redisMaxMemory: string;
  /** Bytes as Kubernetes writes them: `1Gi`. */
  readonly redisStorage: string;
  /** Bytes as Kubernetes writes them; undefined: traces are kept in memory. */
  readonly jaegerStorage: string | undefined;
  readonly serviceType: "auto" | "NodePort" | "LoadBalancer" | "ClusterIP";
  /** The gateway's own name, besides its Service. */
  readonly ingress: IngressSettings;
  /** Labels for what the Prometheus Operator shall find; undefined: nothing is made for it. */
  readonly monitoring: MonitoringLabels | undefined;
  readonly proof: ProofSettings;
  /** Bug of the stand-in gateway; `none` for no bug. */
  readonly standinFault: string;
}

/**
 * Reads and checks the whole configuration before anything is made.
 *
 * @throws pulumi.RunError that lists every violation with its key, the reason and the command that mends it.
 */
export function loadSettings(source: ConfigSource): Settings {
  const reader = new SettingReader(source);
  const apiKey = reader.read("OPENAI_API_KEY", parse.unless(none, parse.text));
  const redisUrl = reader.read("redisUrl", parse.unless(none, parse.redisUrl));
  const redisPassword = reader.read("redisPassword", parse.unless(none, parse.redisPassword));
  const upstream = reader.read("upstream", parse.oneOf(["auto", "openai", "stub"]));
  const imagePullConfig = reader.read("imagePullConfig", parse.unless(none, parse.dockerConfig));
  const settings: Settings = {
    cluster: reader.read("cluster", parse.oneOf(["auto", "kind", "sandbox", "existing"])),
    clusterName: reader.read("clusterName", parse.kubernetesName),
    namespace: reader.read("namespace", parse.kubernetesName),
    context: reader.read("context", parse.unless("current", parse.text)),
    createNamespace: reader.read("createNamespace", parse.oneOf(["true", "false"])) === "true",
    storageClass: reader.read("storageClass", parse.unless("default", parse.kubernetesObjectName)),
    metricsServer: reader.read("metricsServer", parse.oneOf(["auto", "install", "ignore"])),
    openaiApiKey: apiKey === undefined ? undefined : pulumi.secret(apiKey),
    upstream: upstream === "auto" ? (apiKey === undefined ? "stub" : "openai") : upstream,
    gateway: reader.read("gateway", parse.oneOf(["auto", "plano", "standin"])),
    planoVersion: reader.read("planoVersion", planoVersion),
    image: reader.read("image", parse.unless(none, parse.imageReference)),
    registry: reader.read("registry", parse.unless(none, parse.imageRepository)),
    imagePullConfig: imagePullConfig === undefined ? undefined : pulumi.secret(imagePullConfig),
    minReplicas: reader.read("minReplicas", parse.integer(1, 100)),
    maxReplicas: reader.read("maxReplicas", parse.integer(1, 100)),
    cpuTarget: reader.read("cpuTarget", parse.integer(1, 100)),
    drainSeconds: reader.read("drainSeconds", parse.integer(5, 3_600)),
    sessionTtlSeconds: reader.read("sessionTtlSeconds", parse.integer(1, 31_536_000)),
    tenantHeader: reader.read("tenantHeader", parse.unless(none, parse.headerName)),
    redisUrl: redisUrl === undefined ? undefined : pulumi.secret(redisUrl),
    redisPassword: redisPassword === undefined ? undefined : pulumi.secret(redisPassword),
    redisReplicas: reader.read("redisReplicas", parse.oneOfIntegers([1, 3])),
    redisMaxMemory: reader.read("redisMaxMemory", redisMemory),
    redisStorage: reader.read("redisStorage", volumeSize),
    jaegerStorage: reader.read("jaegerStorage", parse.unless(none, volumeSize)),
    serviceType: reader.read("serviceType", parse.oneOf(["auto", "NodePort", "LoadBalancer", "ClusterIP"])),
    ingress: noIngress,
    monitoring: reader.read("monitoring", parse.unless("off", monitoringLabels)),
    proof: defaultProof,
    standinFault: reader.read("standinFault", parse.oneOf(standinFaults)),
  };
  const proof = readProof(reader.text("proof"));
  const ingress = readIngress(reader.text("ingress"));
  reader.violations.push(...ingress.violations, ...proof.violations);
  checkTogether(reader, settings);
  if (reader.sound("planoVersion", "proof")) checkRelease(reader, settings, proof.value.checks);
  if (reader.violations.length > 0) throw new pulumi.RunError(describeViolations(reader.violations));
  return { ...settings, ingress: ingress.value, proof: proof.value };
}

/** What releases that are anchored by a routing budget take no notice of, or cannot be asked. */
function checkRelease(reader: SettingReader, { planoVersion, sessionTtlSeconds }: Settings, checks: readonly string[]): void {
  const release = releaseOf(planoVersion);
  if (release?.keeps !== "anchored") return;
  const { ttlSeconds } = release;
  // The default stands for "as the release has it".
  if (![ttlSeconds, specOf("sessionTtlSeconds").default].includes(sessionTtlSeconds) && reader.sound("sessionTtlSeconds")) {
    reader.refuse(
      "sessionTtlSeconds",
      `Plano ${planoVersion} ignores it: its pins live ${ttlSeconds} s from the latest request`,
      "pulumi config rm sessionTtlSeconds, or pulumi config set planoVersion 0.4.27",
    );
  }
  if (checks.includes("expiry")) {
    reader.refuse(
      "proof",
      `the check expiry cannot be run on Plano ${planoVersion}, whose pins live on with every request`,
      "leave expiry out of proof.checks, or pulumi config set planoVersion 0.4.27",
    );
  }
}

/** The rules that need more than one key. */
function checkTogether(reader: SettingReader, settings: Settings): void {
  const { minReplicas, maxReplicas } = settings;
  if (reader.sound("minReplicas", "maxReplicas") && minReplicas > maxReplicas) {
    reader.refuse(
      "minReplicas",
      `${minReplicas} is more than maxReplicas, ${maxReplicas}`,
      `pulumi config set maxReplicas ${minReplicas}`,
    );
  }
  if (reader.sound("namespace", "createNamespace") && settings.createNamespace && isKubernetesOwn(settings.namespace)) {
    reader.refuse(
      "namespace",
      `${settings.namespace} is a namespace of Kubernetes itself, and destroy would delete it with all that is in it`,
      "pulumi config set namespace plano-demo",
    );
  }
  if (reader.sound("OPENAI_API_KEY") && settings.upstream === "openai" && settings.openaiApiKey === undefined) {
    reader.refuse(
      "upstream",
      "openai needs OPENAI_API_KEY, which is not set",
      "pulumi config set --secret OPENAI_API_KEY, or pulumi config set upstream stub",
    );
  }
  if (settings.image !== undefined && settings.registry !== undefined) {
    reader.refuse(
      "image",
      "image and registry are both set; an image that exists is not built and pushed",
      "pulumi config rm registry",
    );
  }
  if (reader.sound("redisUrl") && settings.redisUrl !== undefined && settings.redisReplicas > 1) {
    reader.refuse(
      "redisReplicas",
      "redisUrl names a Redis of your own, so that none is run in the cluster",
      "pulumi config rm redisReplicas, or pulumi config rm redisUrl",
    );
  }
  if (reader.sound("redisUrl", "redisPassword") && settings.redisUrl !== undefined && settings.redisPassword !== undefined) {
    reader.refuse(
      "redisPassword",
      "redisUrl names a Redis of your own, and its password stands in the URL",
      "pulumi config rm redisPassword, or pulumi config rm redisUrl",
    );
  }
  if (reader.sound("cluster", "context") && settings.context !== undefined && settings.cluster !== "existing") {
    reader.refuse(
      "context",
      `a context is only used when cluster is existing, and cluster is ${settings.cluster}`,
      "pulumi config set cluster existing",
    );
  }
  if (settings.standinFault !== none && settings.gateway === "plano") {
    reader.refuse(
      "standinFault",
      "only the stand-in gateway has faults, and gateway is plano",
      "pulumi config set gateway standin",
    );
  }
}

/** Names that begin with `kube-` are reserved. */
function isKubernetesOwn(namespace: string): boolean {
  return namespace === "default" || namespace.startsWith("kube-");
}
