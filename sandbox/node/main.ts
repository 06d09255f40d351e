import { createWriteStream } from "node:fs";
import { delimiter, dirname } from "node:path";
import { writeWhole } from "../../lib/files";
import { applyObjects, awaitReady } from "./addons/apply";
import { dnsObjects, startDns } from "./addons/dns";
import { metricsObjects, startMetricsServer } from "./addons/metrics";
import { policyObjects, startNetworkPolicies, whyUnenforceable } from "./addons/policies";
import { storageObjects } from "./addons/storage";
import { startApiServer, startControllers } from "./control-plane";
import { coverKernelSettings } from "./kernel";
import { startKubelet, startProxy } from "./kubelet";
import { coverHostFolders, prepareFolders } from "./mounts";
import { setUpNetwork } from "./network";
import { ensurePki } from "./pki";
import { importImages, startContainerd } from "./runtime";
import { nodePaths, type NodeSpec, readSpec } from "./spec";
import type { NodeEvent, NodeStatus } from "./status";
import { Supervisor } from "./supervise";
import { openNewVolumes } from "./volumes";

/**
 * The node's supervisor: started by the host side inside the node's own network, mount, PID, IPC and UTS namespaces.
 * Reports on file descriptor 3 what it is at, and ends, and with it the node, when any process of it ends.
 */
async function main(folder: string): Promise<void> {
  const spec = await readSpec(folder);
  const events = createWriteStream("", { fd: 3 });
  // The one who started the node may be gone; the node lives on.
  events.on("error", () => undefined);
  const tell = (event: NodeEvent): void => void events.write(`${JSON.stringify(event)}\n`);
  try {
    await prepareFolders(spec);
    await coverHostFolders(spec);
    await coverKernelSettings();
    openNewVolumes(spec);
    const toolFolders = new Set([
      ...Object.values(spec.tools).map((it) => dirname(it)),
      "/usr/sbin",
      "/usr/bin",
      "/sbin",
      "/bin",
    ]);
    const supervisor = new Supervisor(nodePaths(folder).logs, [...toolFolders].join(delimiter));
    const unenforced = await start(spec, supervisor, (at) => tell({ at }));
    await saveStatus(folder, { state: "running", ...(unenforced === undefined ? {} : { unenforced }) });
    tell({ ready: true });
    events.end();
    await supervisor.ended;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await saveStatus(folder, { state: "ended", reason });
    tell({ failed: reason });
    await new Promise((done) => events.end(done));
    process.exit(1);
  }
}

/** @returns why network policies are not enforced, where that is so */
async function start(spec: NodeSpec, supervisor: Supervisor, at: (step: string) => void): Promise<string | undefined> {
  at("network and certificates");
  await Promise.all([setUpNetwork(spec), ensurePki(spec)]);
  at("control plane and containerd");
  const images = startContainerd(spec, supervisor).then(() => importImages(spec));
  // Awaited below, together with the rest; a failure until then is not lost.
  images.catch(() => undefined);
  await startApiServer(spec, supervisor);
  await startControllers(spec, supervisor);
  at("kubelet, services, names and metrics");
  await Promise.all([
    applyObjects(spec, supervisor, [...dnsObjects(spec), ...metricsObjects(spec), ...policyObjects(), ...storageObjects()]),
    startProxy(spec, supervisor),
    startDns(spec, supervisor),
    images.then(() => startKubelet(spec, supervisor)),
  ]);
  await startMetricsServer(spec, supervisor);
  at("waiting for the node to be ready");
  await awaitReady(spec, supervisor);
  const unenforced = await whyUnenforceable(spec);
  if (unenforced === undefined) {
    at("waiting for network policies to be enforced");
    await startNetworkPolicies(spec, supervisor);
  } else at(`without network policies, which this machine's kernel cannot enforce: ${unenforced}`);
  return unenforced;
}

async function saveStatus(folder: string, status: NodeStatus): Promise<void> {
  await writeWhole(nodePaths(folder).status, JSON.stringify(status));
}

void main(process.argv[2] ?? "");
