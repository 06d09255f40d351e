import * as pulumi from "@pulumi/pulumi";
import * as parse from "./parsers";
import { planoVersion } from "./plano-version";
import { readProof, type ProofSettings } from "./proof";
import { SettingReader } from "./reader";
import { defaultProof, none, standinFaults } from "./schema";
import type { ConfigSource } from "./source";
import { describeViolations } from "./violation";

/** A stack's configuration, checked and typed. Secrets are secret outputs. */
export interface Settings {
  readonly cluster: "auto" | "kind" | "sandbox" | "existing";
  readonly clusterName: string;
  readonly namespace: string;
  /** Kubeconfig context for an existing cluster; undefined: the current one. */
  readonly context: string | undefined;
  readonly openaiApiKey: pulumi.Output<string> | undefined;
  readonly upstream: "openai" | "stub";
  readonly gateway: "auto" | "plano" | "standin";
  readonly planoVersion: string;
  readonly image: string | undefined;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Percent of the CPU request. */
  readonly cpuTarget: number;
  readonly sessionTtlSeconds: number;
  readonly tenantHeader: string | undefined;
  readonly redisUrl: pulumi.Output<string> | undefined;
  /** Bytes as redis.conf writes them: `256mb`. */
  readonly redisMaxMemory: string;
  /** Bytes as Kubernetes writes them: `1Gi`. */
  readonly redisStorage: string;
  readonly serviceType: "auto" | "NodePort" | "LoadBalancer" | "ClusterIP";
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
  const upstream = reader.read("upstream", parse.oneOf(["auto", "openai", "stub"]));
  const registry = reader.read("registry", parse.unless(none, parse.imageRepository));
  const settings: Settings = {
    cluster: reader.read("cluster", parse.oneOf(["auto", "kind", "sandbox", "existing"])),
    clusterName: reader.read("clusterName", parse.kubernetesName),
    namespace: reader.read("namespace", parse.kubernetesName),
    context: reader.read("context", parse.unless("current", parse.text)),
    openaiApiKey: apiKey === undefined ? undefined : pulumi.secret(apiKey),
    upstream: upstream === "auto" ? (apiKey === undefined ? "stub" : "openai") : upstream,
    gateway: reader.read("gateway", parse.oneOf(["auto", "plano", "standin"])),
    planoVersion: reader.read("planoVersion", planoVersion),
    image: reader.read("image", parse.unless(none, parse.imageReference)),
    minReplicas: reader.read("minReplicas", parse.integer(1, 100)),
    maxReplicas: reader.read("maxReplicas", parse.integer(1, 100)),
    cpuTarget: reader.read("cpuTarget", parse.integer(1, 100)),
    sessionTtlSeconds: reader.read("sessionTtlSeconds", parse.integer(1, 31_536_000)),
    tenantHeader: reader.read("tenantHeader", parse.unless(none, parse.headerName)),
    redisUrl: redisUrl === undefined ? undefined : pulumi.secret(redisUrl),
    redisMaxMemory: reader.read("redisMaxMemory", parse.redisMemory),
    redisStorage: reader.read("redisStorage", parse.kubernetesQuantity),
    serviceType: reader.read("serviceType", parse.oneOf(["auto", "NodePort", "LoadBalancer", "ClusterIP"])),
    proof: defaultProof,
    standinFault: reader.read("standinFault", parse.oneOf(standinFaults)),
  };
  const proof = readProof(reader.text("proof"));
  reader.violations.push(...proof.violations);
  checkTogether(reader, settings, registry);
  if (reader.violations.length > 0) throw new pulumi.RunError(describeViolations(reader.violations));
  return { ...settings, proof: proof.value };
}

/** The rules that need more than one key. */
function checkTogether(reader: SettingReader, settings: Settings, registry: string | undefined): void {
  const { minReplicas, maxReplicas } = settings;
  if (reader.sound("minReplicas", "maxReplicas") && minReplicas > maxReplicas) {
    reader.refuse(
      "minReplicas",
      `${minReplicas} is more than maxReplicas, ${maxReplicas}`,
      `pulumi config set maxReplicas ${minReplicas}`,
    );
  }
  if (reader.sound("OPENAI_API_KEY") && settings.upstream === "openai" && settings.openaiApiKey === undefined) {
    reader.refuse(
      "upstream",
      "openai needs OPENAI_API_KEY, which is not set",
      "pulumi config set --secret OPENAI_API_KEY, or pulumi config set upstream stub",
    );
  }
  if (settings.image !== undefined && registry !== undefined) {
    reader.refuse(
      "image",
      "image and registry are both set; an image that exists is not built and pushed",
      "pulumi config rm registry",
    );
  } else if (registry !== undefined) {
    reader.refuse(
      "registry",
      "pushing to a registry is not supported yet",
      "pulumi config rm registry, and push by hand: pulumi config set image <reference>",
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
