import * as pulumi from "@pulumi/pulumi";
import * as yaml from "yaml";
import { type Kubeconfig, KubeconfigError, readKubeconfig } from "../lib/kubernetes/kubeconfig";
import type { ClusterParts, ClusterRequest } from "./cluster-parts";

/**
 * Published images of the parts that are not the gateway. Digests: docker-library/repo-info, repos/redis and
 * repos/haproxy; ava-labs/avalanchego, trace/README.md.
 */
export const publishedImages = {
  redis: "docker.io/library/redis:7.4.11@sha256:c6eabf748fc7a61dbb5a705c78bcf3d6377b1127a97d0ce965c11c44ba46896f",
  jaeger: "docker.io/jaegertracing/jaeger:2.20.0@sha256:46a886260e04002d8f45e213fc39063fa11a50446048fdaa64786fc0840cb9f8",
  haproxy: "docker.io/library/haproxy:3.2.24@sha256:fa8c8825c5ca0e0f65c3fc2059b92e9d1735a640b2b38091823a959a64016c4f",
} as const;

/**
 * Joins a cluster of the user's: it is never changed as such, and never removed.
 *
 * @throws pulumi.RunError when there is no kubeconfig, or no such context in it.
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
 * Finds a context in the user's kubeconfig. The stack keeps that context alone: other clusters' credentials are not its
 * business.
 *
 * @param context its name. Default: the current one.
 * @throws pulumi.RunError when there is no kubeconfig, or no such context in it.
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
