import { stringify } from "yaml";
import { kindPorts } from "./ports";

/**
 * The image of the cluster's node: the one that belongs to the kind release of `sandbox/toolchain/tools.ts`, as that
 * release's `pkg/apis/config/defaults/image.go` names it.
 */
export const nodeImage = "kindest/node:v1.34.0@sha256:7416a61b42b1662ca6ca89f02028ac133a309a2a30ba309614e8ec94d976dc5a";

/** kind's configuration (`kind.x-k8s.io/v1alpha4`): one node, whose NodePorts answer on this machine and nowhere else. */
export function kindConfig(): string {
  return stringify({
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    nodes: [
      {
        role: "control-plane",
        extraPortMappings: Object.values(kindPorts).map(({ node, host }) => ({
          containerPort: node,
          hostPort: host,
          listenAddress: "127.0.0.1",
          protocol: "TCP",
        })),
      },
    ],
  });
}
