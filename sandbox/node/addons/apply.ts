import type { KubernetesObject } from "@kubernetes/client-node";
import { readFile } from "node:fs/promises";
import { nodeName, nodePaths, type NodeSpec } from "../spec";
import type { Supervisor } from "../supervise";

/** Applies the node's own objects, as their single owner. */
export async function applyObjects(supervisor: Supervisor, objects: readonly KubernetesObject[]): Promise<void> {
  const { KubernetesObjectApi, PatchStrategy, config } = await connect(supervisor.spec);
  const api = KubernetesObjectApi.makeApiClient(config);
  await Promise.all(
    objects.map((it) =>
      supervisor.while(api.patch(it, undefined, undefined, "plano-affinity-sandbox", true, PatchStrategy.ServerSideApply)),
    ),
  );
}

/** Waits until the node says that it is ready, and its name service too. */
export async function awaitReady(supervisor: Supervisor): Promise<void> {
  const { CoreV1Api, config } = await connect(supervisor.spec);
  const core = config.makeApiClient(CoreV1Api);
  await supervisor.until({ subject: "the node", limitMs: 60_000, intervalMs: 100 }, async () => {
    const node = await core.readNode({ name: nodeName });
    const ready = node.status?.conditions?.find((it) => it.type === "Ready");
    if (ready?.status !== "True") throw new Error(ready?.message ?? "no Ready condition");
    return true;
  });
  await supervisor.until({ subject: "the name service", limitMs: 30_000, intervalMs: 50 }, async (signal) => {
    const answer = await fetch(`http://${supervisor.spec.network.nodeAddress}:8181/ready`, { signal });
    if (!answer.ok) throw new Error(`/ready answers ${answer.status}`);
    return true;
  });
}

/** Loaded here, not at the top: client-node is heavy, and the processes start meanwhile. */
async function connect(spec: NodeSpec) {
  const client = await import("@kubernetes/client-node");
  const config = new client.KubeConfig();
  config.loadFromString(
    (await readFile(nodePaths(spec.folder).kubeconfig, "utf8")).replace(spec.network.nodeAddress, "127.0.0.1"),
  );
  return { ...client, config };
}
