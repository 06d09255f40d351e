import type { V1Node } from "@kubernetes/client-node";
import { createWriteStream } from "node:fs";
import { writeWhole } from "../../lib/files";
import { dnsObjects, startDns } from "./addons/dns";
import type { KubernetesApi } from "../../lib/kubernetes/api";
import { KubernetesObjects, type Manifest } from "../../lib/kubernetes/objects";
import { metricsObjects, startMetricsServer } from "./addons/metrics";
import { startNetworkPolicies, whyUnenforceable } from "./addons/policies";
import { startApiServer, startControllers } from "./control-plane";
import { startKubelet, startProxy } from "./kubelet";
import { coverHostFolders, coverKernelSettings, openNewVolumes, prepareFolders } from "./mounts";
import { setUpNetwork } from "./network";
import { ensurePki } from "./pki";
import { importImages, startContainerd } from "./runtime";
import { type NodeEvent, nodeName, nodePaths, type NodeStatus, readSpec } from "./spec";
import { Supervisor } from "./supervise";

/**
 * The node's supervisor: started by the host side inside the node's own network, mount, PID, IPC and UTS namespaces.
 * Reports its progress on file descriptor 3, and ends, and with it the node, when any process of it ends.
 */
async function main(folder: string): Promise<void> {
  const spec = readSpec(folder);
  const events = createWriteStream("", { fd: 3 });
  // The process that started the node may have ended; the node goes on.
  events.on("error", () => undefined);
  const tell = (event: NodeEvent): void => void events.write(`${JSON.stringify(event)}\n`);
  try {
    await prepareFolders(spec);
    await coverHostFolders(spec);
    await coverKernelSettings();
    openNewVolumes(spec);
    const supervisor = new Supervisor(spec);
    const unenforced = await start(supervisor, (at) => tell({ at }));
    await saveStatus(folder, { unenforced });
    tell({ ready: true });
    events.end();
    await supervisor.ended;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await saveStatus(folder, { reason });
    tell({ failed: reason });
    await new Promise((done) => events.end(done));
    process.exit(1);
  }
}

/** The default one: folders of the node, made by the controller-manager's host-path provisioner. */
const storageClass: Manifest = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner: "kubernetes.io/host-path",
  reclaimPolicy: "Delete",
  volumeBindingMode: "Immediate",
};

/** @returns why network policies are not enforced, where that is so */
async function start(supervisor: Supervisor, at: (step: string) => void): Promise<string | undefined> {
  const { spec } = supervisor;
  at("network and certificates");
  await Promise.all([setUpNetwork(spec), ensurePki(spec)]);
  at("control plane and containerd");
  const images = startContainerd(supervisor).then(() => importImages(spec));
  // Awaited below, together with the rest; a failure until then is not lost.
  images.catch(() => undefined);
  using api = await startApiServer(supervisor);
  await startControllers(supervisor);
  at("kubelet, services, names and metrics");
  await Promise.all([
    supervisor.while(applyObjects(api, [...dnsObjects(spec), ...metricsObjects(spec), storageClass])),
    startProxy(supervisor),
    startDns(supervisor),
    images.then(() => startKubelet(supervisor)),
  ]);
  await startMetricsServer(supervisor);
  at("waiting for the node to be ready");
  await awaitReady(supervisor, api);
  const unenforced = await whyUnenforceable(spec);
  if (unenforced === undefined) {
    at("waiting for network policies to be enforced");
    await startNetworkPolicies(supervisor);
  } else at(`without network policies, which this machine's kernel cannot enforce: ${unenforced}`);
  return unenforced;
}

/** Applies the node's own objects, as their single owner. */
async function applyObjects(api: KubernetesApi, manifests: readonly Manifest[]): Promise<void> {
  const objects = new KubernetesObjects(api);
  const options = { fieldManager: "plano-affinity-sandbox", force: true, dryRun: false };
  await Promise.all(
    manifests.map((it) => {
      const { name, namespace } = it.metadata;
      return objects.apply({ apiVersion: it.apiVersion, kind: it.kind, name, namespace }, it, options);
    }),
  );
}

/** Waits until the node says that it is ready, and its name service too. */
async function awaitReady(supervisor: Supervisor, api: KubernetesApi): Promise<void> {
  await supervisor.until({ subject: "the node", limitMs: 60_000, intervalMs: 100 }, async () => {
    const { status } = await api.json<V1Node>({ path: `/api/v1/nodes/${nodeName}` });
    const ready = status?.conditions?.find((it) => it.type === "Ready");
    if (ready?.status !== "True") throw new Error(ready?.message ?? "no Ready condition");
    return true;
  });
  await supervisor.until({ subject: "the name service", limitMs: 30_000, intervalMs: 50 }, async (signal) => {
    const answer = await fetch(`http://${supervisor.spec.network.nodeAddress}:8181/ready`, { signal });
    if (!answer.ok) throw new Error(`/ready answers ${answer.status}`);
    return true;
  });
}

async function saveStatus(folder: string, status: NodeStatus): Promise<void> {
  await writeWhole(nodePaths(folder).status, JSON.stringify(status));
}

void main(process.argv[2] ?? "");
