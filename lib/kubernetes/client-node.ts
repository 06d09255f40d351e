import { existsSync } from "node:fs";
import type * as everything from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { complete, type DroppedFields } from "./credentials";
import type { Kubeconfig } from "./kubeconfig";

/** What is used of `@kubernetes/client-node`, and all that compiled programs hold of it: see verify/build/bundle.ts. */
export const clientNodeParts = ["KubeConfig", "PortForward"] as const;

/** The Kubernetes client, as far as it is used. */
export type ClientNode = Pick<typeof everything, (typeof clientNodeParts)[number]>;

/** The configuration of a client. */
export type ClientConfig = everything.KubeConfig;

/** The context that client-node makes of a pod's own account. */
export const podContext = "inClusterContext";

/** Whether this process runs in a pod, with an account of its own. */
export function isInPod(): boolean {
  const token = "/var/run/secrets/kubernetes.io/serviceaccount/token";
  return process.env["KUBERNETES_SERVICE_HOST"] !== undefined && existsSync(token);
}

/** Loads the Kubernetes client, which takes longer than a small run: only where a cluster is asked. */
export function loadClientNode(): Promise<ClientNode> {
  return import("@kubernetes/client-node");
}

/** A kubeconfig for the client, with all that it means to kubectl; undefined: that of the pod that this process runs in. */
export async function clientConfig(kubeconfig: Pick<Kubeconfig, "content"> | undefined): Promise<ClientConfig> {
  const { KubeConfig } = await loadClientNode();
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromCluster();
  else config.loadFromString(kubeconfig.content);
  complete(config, kubeconfig === undefined ? {} : ((await import("yaml")).parse(kubeconfig.content) as DroppedFields));
  return config;
}
