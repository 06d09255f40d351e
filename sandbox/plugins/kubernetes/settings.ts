import { reveal, type PropertyMap, type PropertyValue } from "../rpc/properties";

/** The provider's configuration; names and meanings are those of @pulumi/kubernetes 4.34. */
export interface ProviderSettings {
  /** The content of a kubeconfig, or the path of one. Default: `KUBECONFIG`, then `~/.kube/config`. */
  readonly kubeconfig: string | undefined;
  /** Default: the kubeconfig's current context. */
  readonly context: string | undefined;
  /** Default: the context's cluster. */
  readonly cluster: string | undefined;
  /** For objects that name none. Default `default`. */
  readonly namespace: string;
  /** Objects of a cluster that cannot be reached count as deleted. Default false. */
  readonly deleteUnreachable: boolean;
  /** Take over fields that another field manager owns. Default false. */
  readonly enablePatchForce: boolean;
  /** Change the data of a ConfigMap in place rather than replace it. Default false. */
  readonly enableConfigMapMutable: boolean;
  /** The same for Secrets. Default false. */
  readonly enableSecretMutable: boolean;
  /** Do not pass on the API server's warnings about deprecated versions. Default false. */
  readonly suppressDeprecationWarnings: boolean;
}

/** Each flag's environment variable in the official provider. */
const FLAGS = {
  deleteUnreachable: "PULUMI_K8S_DELETE_UNREACHABLE",
  enablePatchForce: "PULUMI_K8S_ENABLE_PATCH_FORCE",
  enableConfigMapMutable: "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
  enableSecretMutable: "PULUMI_K8S_ENABLE_SECRET_MUTABLE",
  suppressDeprecationWarnings: "PULUMI_K8S_SUPPRESS_DEPRECATION_WARNINGS",
} as const;

/** @throws Error for a setting that this plugin cannot honour. */
export function parseSettings(config: PropertyMap, environment: NodeJS.ProcessEnv = process.env): ProviderSettings {
  const flag = (key: keyof typeof FLAGS): boolean => truth(config[key]) ?? environment[FLAGS[key]] === "true";
  if (truth(config["enableServerSideApply"]) === false) {
    throw new Error(`kubernetes provider: enableServerSideApply: false is not supported by this plugin; ${REMEDY}`);
  }
  if (text(config["renderYamlToDirectory"]) !== undefined) {
    throw new Error(`kubernetes provider: renderYamlToDirectory is not supported by this plugin; ${REMEDY}`);
  }
  return {
    kubeconfig: text(config["kubeconfig"]),
    context: text(config["context"]),
    cluster: text(config["cluster"]),
    namespace: text(config["namespace"]) ?? "default",
    deleteUnreachable: flag("deleteUnreachable"),
    enablePatchForce: flag("enablePatchForce"),
    enableConfigMapMutable: flag("enableConfigMapMutable"),
    enableSecretMutable: flag("enableSecretMutable"),
    suppressDeprecationWarnings: flag("suppressDeprecationWarnings"),
  };
}

/** What helps wherever this plugin knows less than the official one. */
export const REMEDY = "install the official plugin: pulumi plugin install resource kubernetes";

function text(value: PropertyValue | undefined): string | undefined {
  const plain = value === undefined ? undefined : reveal(value);
  return typeof plain === "string" && plain !== "" ? plain : undefined;
}

/** The SDK sends provider configuration as JSON in strings. */
function truth(value: PropertyValue | undefined): boolean | undefined {
  const plain = value === undefined ? undefined : reveal(value);
  if (typeof plain === "boolean") return plain;
  return plain === "true" ? true : plain === "false" ? false : undefined;
}
