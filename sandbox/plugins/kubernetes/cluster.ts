import { existsSync } from "node:fs";
import * as yaml from "yaml";
import { KubernetesApi } from "../../../lib/kubernetes/api";
import { type ClientConfig, clientConfig } from "../../../lib/kubernetes/client-node";
import { Unreachable } from "../../../lib/kubernetes/errors";
import { type Kubeconfig, KubeconfigError, readKubeconfig } from "../../../lib/kubernetes/kubeconfig";
import { KubernetesObjects } from "../../../lib/kubernetes/objects";
import type { PropertyMap, PropertyValue } from "../rpc/properties";
import { remedy } from "../rpc/server";

/** How long the API server may take to answer one request: admission webhooks take their time. */
const limitMs = 30_000;

/**
 * The provider's configuration; names, meanings and the flag's variable are those of @pulumi/kubernetes 4.34. ConfigMaps and
 * Secrets change in place, with and without `enableConfigMapMutable` and `enableSecretMutable`.
 */
export type ProviderSettings = ReturnType<typeof parseSettings>;

/** The objects of a cluster, as JSON and whole: nothing that a client library does not know is lost. */
export type ClusterClient = KubernetesObjects<PropertyMap>;

/** @throws Error for a setting that this plugin cannot honour. */
export function parseSettings(config: PropertyMap, environment: NodeJS.ProcessEnv = process.env) {
  if (truth(config["enableServerSideApply"]) === false) throw unsupported("enableServerSideApply: false");
  for (const it of ["renderYamlToDirectory", "namespace", "cluster"]) if (text(config[it]) !== undefined) throw unsupported(it);
  return {
    /** The content of a kubeconfig, or the path of one. Default: `KUBECONFIG`, then `~/.kube/config`. */
    kubeconfig: text(config["kubeconfig"]),
    /** Default: the kubeconfig's current context. */
    context: text(config["context"]),
    /** Objects of a cluster that cannot be reached count as deleted. */
    deleteUnreachable: truth(config["deleteUnreachable"]) ?? environment["PULUMI_K8S_DELETE_UNREACHABLE"] === "true",
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
    throw new Unreachable("an unknown address", error.message, false);
  }
}

/** @throws KubeconfigError */
export function kubeconfigOf({ kubeconfig, context }: ProviderSettings): Kubeconfig {
  const isPath = kubeconfig !== undefined && !kubeconfig.includes("\n") && existsSync(kubeconfig);
  return readKubeconfig(yaml, { ...(isPath ? { files: [kubeconfig] } : { content: kubeconfig }), context });
}
