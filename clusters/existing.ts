import * as pulumi from "@pulumi/pulumi";
import type { ClusterParts, ClusterRequest } from "./cluster-parts";
import { findContext } from "./kubeconfig";

/** Published images of the parts that are not the gateway. */
export const publishedImages = {
  redis: "docker.io/library/redis:7.4.2",
  jaeger: "docker.io/jaegertracing/all-in-one:1.76.0",
  haproxy: "docker.io/library/haproxy:3.0.8",
} as const;

/**
 * Joins a cluster of the user's: it is never changed as such, and never removed.
 *
 * @throws pulumi.RunError when there is no kubeconfig, or no such context in it.
 */
export function joinExisting(request: ClusterRequest): ClusterParts {
  const { content, server } = findContext(request.context);
  return {
    kind: "existing",
    kubeconfig: pulumi.secret(content),
    identifier: pulumi.output(server),
    nodeAddress: pulumi.output(undefined),
    images: {
      redis: pulumi.output(publishedImages.redis),
      jaeger: pulumi.output(publishedImages.jaeger),
      haproxy: request.haproxy === true ? pulumi.output(publishedImages.haproxy) : undefined,
    },
  };
}
