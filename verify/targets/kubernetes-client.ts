import type * as everything from "@kubernetes/client-node" with { "resolution-mode": "import" };

/**
 * What the verifier uses of `@kubernetes/client-node`. The compiled verifier holds these and what they need, and none of
 * the hundred other APIs: see verify/build/client-node.ts. Whoever needs another API adds its name.
 */
export const kubernetesClientParts = ["CoreV1Api", "KubeConfig", "PortForward"] as const;

/** The Kubernetes client, as far as the verifier has it. */
export type KubernetesClient = Pick<typeof everything, (typeof kubernetesClientParts)[number]>;

/** Loads the Kubernetes client, which takes longer than a small run: only for Kubernetes targets. */
export function loadKubernetesClient(): Promise<KubernetesClient> {
  return import("@kubernetes/client-node");
}
