import { sandboxFolder } from "../sandbox/lifecycle/registry";
import { nodePaths } from "../sandbox/node/spec";
import type { ClusterKind, ClusterRequest } from "./cluster-parts";

/** How people call kubectl for a cluster: `kubectl`, with the options that lead there. */
export function kubectlFor(kind: ClusterKind, { clusterName, context }: ClusterRequest): string {
  if (kind === "sandbox") return `kubectl --kubeconfig ${quoted(nodePaths(sandboxFolder(clusterName)).kubeconfig)}`;
  // The stack leaves the user's own kubeconfig alone; kind adds the context to it when it is asked.
  if (kind === "kind") return `kind export kubeconfig --name ${clusterName} && kubectl --context kind-${clusterName}`;
  return context === undefined ? "kubectl" : `kubectl --context ${quoted(context)}`;
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
