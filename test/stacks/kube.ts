import type { AppsV1Api, AutoscalingV2Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import type { TestStack } from "./stack";

export const namespace = "plano-demo";

/** Clients for a stack's cluster. */
export interface KubeClients {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly autoscaling: AutoscalingV2Api;
  readonly config: KubeConfig;
}

/** Connects with the kubeconfig that the stack exports. */
export async function connect(stack: TestStack): Promise<KubeClients> {
  const client = await import("@kubernetes/client-node");
  const config = new client.KubeConfig();
  config.loadFromString(await stack.output<string>("kubeconfig"));
  return {
    config,
    core: config.makeApiClient(client.CoreV1Api),
    apps: config.makeApiClient(client.AppsV1Api),
    autoscaling: config.makeApiClient(client.AutoscalingV2Api),
  };
}

/** Options of a client's patch: as `kubectl patch --type` does it. */
export async function patchOf(type: "merge" | "strategic") {
  const { PatchStrategy, setHeaderOptions } = await import("@kubernetes/client-node");
  return setHeaderOptions("Content-Type", PatchStrategy[type === "merge" ? "MergePatch" : "StrategicMergePatch"]);
}

/** Names of a stack's pods of one part, those that end already included. */
export async function podNames({ core }: KubeClients, app: string): Promise<string[]> {
  const { items } = await core.listNamespacedPod({ namespace, labelSelector: `app=${app}` });
  return items.map(({ metadata }) => metadata?.name ?? "").sort();
}
