import { quote } from "../lib/command";
import { sandboxFolder } from "../sandbox/lifecycle/registry";
import { nodePaths } from "../sandbox/node/spec";
import type { ClusterRequest } from "./cluster-parts";
import type { ClusterKind } from "../settings/cluster-kind";

/**
 * How people call kubectl for a cluster: `kubectl`, with the options that lead there.
 *
 * @param kindKubeconfig the file in which the stack keeps a kind cluster's kubeconfig: the user's own is left alone, and
 * kind, which could add to it, may not be on PATH
 */
export function kubectlFor(kind: ClusterKind, { clusterName, context }: ClusterRequest, kindKubeconfig: string): string {
  if (kind === "sandbox") return `kubectl --kubeconfig ${quote(nodePaths(sandboxFolder(clusterName)).kubeconfig)}`;
  if (kind === "kind") return `kubectl --kubeconfig ${quote(kindKubeconfig)}`;
  return context === undefined ? "kubectl" : `kubectl --context ${quote(context)}`;
}
