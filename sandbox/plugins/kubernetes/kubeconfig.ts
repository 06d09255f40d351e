import { existsSync } from "node:fs";
import * as yaml from "yaml";
import { type KubeconfigSource, readKubeconfig } from "../../../lib/kubernetes/kubeconfig";
import { UNKNOWN, type PropertyMap } from "../rpc/properties";
import { textAt } from "./objects";
import type { ProviderSettings } from "./settings";

/** What the provider's settings mean: the content of a kubeconfig, or the path of one. */
export function sourceOf({
  kubeconfig,
  context,
  cluster,
}: Pick<ProviderSettings, "kubeconfig" | "context" | "cluster">): KubeconfigSource {
  if (kubeconfig === undefined) return { context, cluster };
  const isPath = !kubeconfig.includes("\n") && existsSync(kubeconfig);
  return { ...(isPath ? { files: [kubeconfig] } : { content: kubeconfig }), context, cluster };
}

/**
 * The address of the cluster that a configuration without secrecy marks points at; undefined where it is not known, or
 * the kubeconfig does not say. What tells one cluster from another where there is no `clusterIdentifier`.
 */
export function serverOf(config: PropertyMap): string | undefined {
  const kubeconfig = textAt(config, "kubeconfig") ?? "";
  if (kubeconfig === UNKNOWN || kubeconfig === "") return undefined;
  const [context, cluster] = [textAt(config, "context"), textAt(config, "cluster")];
  try {
    return readKubeconfig(yaml, sourceOf({ kubeconfig, context, cluster })).server;
  } catch {
    return undefined;
  }
}
