import { existsSync } from "node:fs";
import * as yaml from "yaml";
import { KubernetesApi } from "../../../lib/kubernetes/api";
import { type ClientConfig, clientConfig, isInPod } from "../../../lib/kubernetes/client-node";
import { Unreachable } from "../../../lib/kubernetes/errors";
import { type Kubeconfig, KubeconfigError, readKubeconfig } from "../../../lib/kubernetes/kubeconfig";
import { KubernetesObjects } from "../../../lib/kubernetes/objects";
import type { PropertyMap, PropertyValue } from "../rpc/properties";
import { remedy } from "../rpc/server";

/** How long the API server may take to answer one request: admission webhooks take their time. */
const limitMs = 30_000;

/** The provider's configuration; names, meanings and the flags' variables are those of @pulumi/kubernetes 4.34. */
export type ProviderSettings = ReturnType<typeof parseSettings>;

/** The objects of a cluster, as JSON and whole: nothing that a client library does not know is lost. */
export type ClusterClient = KubernetesObjects<PropertyMap>;

/** @throws Error for a setting that this plugin cannot honour. */
export function parseSettings(config: PropertyMap, environment: NodeJS.ProcessEnv = process.env) {
  if (truth(config["enableServerSideApply"]) === false) throw unsupported("enableServerSideApply: false");
  if (text(config["renderYamlToDirectory"]) !== undefined) throw unsupported("renderYamlToDirectory");
  const flag = (key: string, variable: string): boolean => truth(config[key]) ?? environment[variable] === "true";
  return {
    /** The content of a kubeconfig, or the path of one. Default: `KUBECONFIG`, then `~/.kube/config`. */
    kubeconfig: text(config["kubeconfig"]),
    /** Default: the kubeconfig's current context. */
    context: text(config["context"]),
    /** Default: the context's cluster. */
    cluster: text(config["cluster"]),
    /** For objects that name none. */
    namespace: text(config["namespace"]) ?? "default",
    /** Objects of a cluster that cannot be reached count as deleted. */
    deleteUnreachable: flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
    /** Change the data of a ConfigMap in place rather than replace it. */
    enableConfigMapMutable: flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
    /** The same for Secrets. */
    enableSecretMutable: flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
  } as const;
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

/** @throws Unreachable where the kubeconfig names no cluster; Error where it cannot be read. */
export async function connect(settings: ProviderSettings, onWarning: (warning: string) => void): Promise<ClusterClient> {
  return new KubernetesObjects(await KubernetesApi.connect(await configOf(settings), { limitMs, onWarning }));
}

async function configOf(settings: ProviderSettings): Promise<ClientConfig> {
  try {
    return await clientConfig(kubeconfigOf(settings));
  } catch (error) {
    if (!(error instanceof KubeconfigError) || error.problem === "unreadable") throw error;
    if (error.problem === "missing" && isInPod()) return clientConfig(undefined);
    throw new Unreachable("an unknown address", error.message, false);
  }
}

/** @throws KubeconfigError */
export function kubeconfigOf({ kubeconfig, context, cluster }: ProviderSettings): Kubeconfig {
  const isPath = kubeconfig !== undefined && !kubeconfig.includes("\n") && existsSync(kubeconfig);
  return readKubeconfig(yaml, { ...(isPath ? { files: [kubeconfig] } : { content: kubeconfig }), context, cluster });
}
