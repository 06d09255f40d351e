import type { PropertyMap, PropertyValue } from "../rpc/properties";
import { remedy } from "../rpc/provider";
import { annotation, type KubernetesObject } from "./objects";

/** The flags of the provider, all off by default, each with its environment variable in @pulumi/kubernetes 4.34. */
const FLAGS = {
  /** Objects of a cluster that cannot be reached count as deleted. */
  deleteUnreachable: "PULUMI_K8S_DELETE_UNREACHABLE",
  /** Change the data of a ConfigMap in place rather than replace it. */
  enableConfigMapMutable: "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
  /** The same for Secrets. */
  enableSecretMutable: "PULUMI_K8S_ENABLE_SECRET_MUTABLE",
} as const;

/** Which cluster. */
export interface ClusterSettings {
  /** The content of a kubeconfig, or the path of one. Default: `KUBECONFIG`, then `~/.kube/config`. */
  readonly kubeconfig: string | undefined;
  /** Default: the kubeconfig's current context. */
  readonly context: string | undefined;
  /** Default: the context's cluster. */
  readonly cluster: string | undefined;
}

/** The provider's configuration; names and meanings are those of @pulumi/kubernetes 4.34. */
export interface ProviderSettings extends ClusterSettings, Readonly<Record<keyof typeof FLAGS, boolean>> {
  /** For objects that name none. Default `default`. */
  readonly namespace: string;
}

/** @throws Error for a setting that this plugin cannot honour. */
export function parseSettings(config: PropertyMap, environment: NodeJS.ProcessEnv = process.env): ProviderSettings {
  const flags = Object.entries(FLAGS).map(([key, name]) => [key, truth(config[key]) ?? environment[name] === "true"]);
  if (truth(config["enableServerSideApply"]) === false) throw unsupported("enableServerSideApply: false");
  if (text(config["renderYamlToDirectory"]) !== undefined) throw unsupported("renderYamlToDirectory");
  return {
    kubeconfig: text(config["kubeconfig"]),
    context: text(config["context"]),
    cluster: text(config["cluster"]),
    namespace: text(config["namespace"]) ?? "default",
    ...(Object.fromEntries(flags) as Record<keyof typeof FLAGS, boolean>),
  };
}

function unsupported(setting: string): Error {
  return new Error(`kubernetes provider: ${setting} is not supported by this plugin; ${remedy("kubernetes")}`);
}

function text(value: PropertyValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The SDK sends provider configuration as JSON in strings. */
function truth(value: PropertyValue | undefined): boolean | undefined {
  return value === undefined ? undefined : value === true || value === "true";
}

/** Whether the user asked not to wait. */
export function skipsAwait(inputs: KubernetesObject): boolean {
  return annotation(inputs, "pulumi.com/skipAwait") === "true";
}

/** The user's limit in seconds, `customTimeouts` before the annotation, else the default. @throws Error for a bad one. */
export function timeoutOf(inputs: KubernetesObject, customTimeout: number, otherwise: number): number {
  const annotated = annotation(inputs, "pulumi.com/timeoutSeconds");
  if (customTimeout > 0 || annotated === undefined) return customTimeout > 0 ? customTimeout : otherwise;
  if (Number(annotated) > 0) return Number(annotated);
  throw new Error(
    `the annotation pulumi.com/timeoutSeconds is ${JSON.stringify(annotated)}; it must be a number of seconds above 0`,
  );
}
