import type { AppsV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import type { TestStack } from "./stack";

/** Clients for a stack's cluster. */
export interface KubeClients {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly config: KubeConfig;
}

/** Connects with the kubeconfig that the stack exports. */
export async function connect(stack: TestStack): Promise<KubeClients> {
  const client = await import("@kubernetes/client-node");
  const config = new client.KubeConfig();
  config.loadFromString(await stack.output<string>("kubeconfig"));
  return { config, core: config.makeApiClient(client.CoreV1Api), apps: config.makeApiClient(client.AppsV1Api) };
}
