import { strict as assert } from "node:assert";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type { TestStack } from "./stack";

export const namespace = "plano-demo";

/** Clients for a stack's cluster. */
export type KubeClients = Awaited<ReturnType<typeof clientsFor>>;

/** Clients for the cluster of a kubeconfig. */
export async function clientsFor(kubeconfig: string) {
  const client = await import("@kubernetes/client-node");
  const config = new client.KubeConfig();
  config.loadFromString(kubeconfig);
  return {
    config,
    objects: client.KubernetesObjectApi.makeApiClient(config),
    core: config.makeApiClient(client.CoreV1Api),
    apps: config.makeApiClient(client.AppsV1Api),
    autoscaling: config.makeApiClient(client.AutoscalingV2Api),
    batch: config.makeApiClient(client.BatchV1Api),
    networking: config.makeApiClient(client.NetworkingV1Api),
    authorization: config.makeApiClient(client.AuthorizationV1Api),
    storage: config.makeApiClient(client.StorageV1Api),
    services: config.makeApiClient(client.ApiregistrationV1Api),
  };
}

/** Connects with the kubeconfig that the stack exports. */
export async function connect(stack: TestStack): Promise<KubeClients> {
  return clientsFor(await stack.output<string>("kubeconfig"));
}

/** Options of a client's patch: as `kubectl patch --type` does it. */
export async function patchOf(type: "merge" | "strategic") {
  const { PatchStrategy, setHeaderOptions } = await import("@kubernetes/client-node");
  return setHeaderOptions("Content-Type", PatchStrategy[type === "merge" ? "MergePatch" : "StrategicMergePatch"]);
}

/** A stack's pods of one part, those that end already included. */
export async function podsOf({ core }: Pick<KubeClients, "core">, app: string) {
  return (await core.listNamespacedPod({ namespace, labelSelector: `app=${app}` })).items;
}

/** Their names. */
export async function podNames(kube: Pick<KubeClients, "core">, app: string): Promise<string[]> {
  return (await podsOf(kube, app)).map(({ metadata }) => metadata?.name ?? "").sort();
}

/** Runs a command in a pod's container, to its end. @returns what it printed */
export async function inContainer({ config }: KubeClients, pod: string, container: string, command: string[]): Promise<string> {
  const { Exec } = await import("@kubernetes/client-node");
  const exec = new Exec(config);
  const stdout = new PassThrough();
  const printed = text(stdout);
  const { status, message } = await new Promise<{ status?: string; message?: string }>((done, reject) => {
    exec.exec(namespace, pod, container, command, stdout, process.stderr, null, false, done).catch(reject);
  });
  assert.equal(status, "Success", message);
  stdout.end();
  return printed;
}
