import * as pulumi from "@pulumi/pulumi";
import * as yaml from "yaml";
import { type Kubeconfig, KubeconfigError, readKubeconfig } from "../lib/kubernetes/kubeconfig";
import type { ClusterParts, ClusterRequest } from "./cluster-parts";

/**
 * Joins a cluster of the user's: it is never changed as such, and never removed.
 * @throws pulumi.RunError when there is no kubeconfig, or no such context in it
 */
export function joinExisting({ context }: ClusterRequest): ClusterParts {
  const { content, server } = findContext(context);
  return {
    kubeconfig: pulumi.secret(content),
    identifier: pulumi.output(server),
    nodeAddress: pulumi.output(undefined),
  };
}

/**
 * Finds a context in the user's kubeconfig, and keeps it alone: other clusters' credentials are not the stack's business.
 * @throws pulumi.RunError when there is no kubeconfig, or no such context in it
 */
export function findContext(context: string | undefined): Kubeconfig {
  try {
    return readKubeconfig(yaml, { context });
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    const known = error.contexts.length === 0 ? "" : ` (known: ${error.contexts.join(", ")})`;
    throw new pulumi.RunError(
      `context: ${error.message}${known}.\n  → ` +
        "set KUBECONFIG to a file that `kubectl config view` can read, pulumi config set context … to one of it, " +
        "or have a cluster made: pulumi config set cluster auto",
    );
  }
}
