import { watch } from "node:fs";
import { chmod, mkdir, realpath, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../../lib/command";
import { type NodeSpec, nodePaths } from "./spec";

/**
 * Host folders in which Kubernetes, containerd and CNI write at fixed paths. The node sees empty
 * folders in their place, so that the machine's stay as they were.
 */
const covered = ["/run", "/tmp", "/var/log", "/var/lib"];

/** Where the controller-manager's host-path provisioner keeps volumes; its path is fixed. */
const volumeFolder = "/tmp/hostpath_pv";

/** Covers the folders that the node must not touch, inside the node's own mount namespace. */
export async function coverHostFolders(spec: NodeSpec): Promise<void> {
  const hidden = await hiddenOf(spec.keepVisible);
  // Held below /mnt while the covers go on; a bind keeps what is below it reachable.
  const held: { readonly path: string; readonly at: string }[] = [];
  await run("mount", ["-t", "tmpfs", "tmpfs", "/mnt"]);
  for (const path of hidden) {
    const at = join("/mnt", String(held.length));
    await mkdir(at);
    await run("mount", ["--rbind", path, at]);
    held.push({ path, at });
  }
  for (const folder of covered) await run("mount", ["-t", "tmpfs", "-o", "mode=0755", "tmpfs", folder]);
  for (const { path, at } of held) {
    await mkdir(path, { recursive: true });
    await run("mount", ["--rbind", at, path]);
  }
  // What is on the machine's own /mnt is seen again; the binds stay.
  await run("umount", ["--lazy", "/mnt"]);
  await mkdir(volumeFolder, { recursive: true });
  await run("mount", ["--bind", nodePaths(spec.folder).volumes, volumeFolder]);
}

/** Those of the paths that the covers hide, also where a link leads below one; not what is below another of them. */
async function hiddenOf(paths: readonly string[]): Promise<string[]> {
  const all = new Set([...paths, ...(await Promise.all(paths.map((it) => realpath(it))))]);
  const hidden = [...all].filter((path) => covered.some((it) => path.startsWith(`${it}/`)));
  return hidden.filter((path) => !hidden.some((it) => path.startsWith(`${it}/`)));
}

/** Makes the node's folders, and empties those whose content died with the last node of this name. */
export async function prepareFolders(spec: NodeSpec): Promise<void> {
  const paths = nodePaths(spec.folder);
  // Containers do not outlive the node's processes; what containerd and the kubelet remember of them would only
  // make them wait. Images are imported again from `images`.
  for (const stale of [paths.containerd, paths.kubelet, paths.podLogs]) await rm(stale, { recursive: true, force: true });
  for (const folder of [paths.pki, paths.logs, paths.etcd, paths.config]) await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const folder of [paths.containerd, paths.kubelet, paths.podLogs, paths.volumes]) await mkdir(folder, { recursive: true });
}

/**
 * Opens each new volume to every user, as they appear: the controller-manager makes them for root only, and the
 * kubelet does not apply a pod's fsGroup to host paths, so that no pod without root could write.
 */
export function openNewVolumes(spec: NodeSpec): void {
  const { volumes } = nodePaths(spec.folder);
  const open = async (folder: string): Promise<void> => {
    // Setting what is set already would be the next event, and so on for ever.
    if (((await stat(folder)).mode & 0o777) !== 0o777) await chmod(folder, 0o777);
  };
  watch(volumes, (_event, name) => {
    // A volume that was removed also shows up here, and is gone by then.
    if (name !== null) open(join(volumes, name)).catch(() => undefined);
  });
}

/**
 * What the kubelet wants of the kernel (1.34, `setupKernelTunables`). Namespaces have no values of their own for these:
 * setting them would change the whole machine, and for good.
 */
const kernelSettings = {
  "vm/overcommit_memory": 1,
  "vm/panic_on_oom": 0,
  "kernel/panic": 10,
  "kernel/panic_on_oops": 1,
  "kernel/keys/root_maxkeys": 1_000_000,
  "kernel/keys/root_maxbytes": 25_000_000,
};

/** Shows the node's processes what the kubelet wants in place of the machine's settings, which stay as they are. */
export async function coverKernelSettings(): Promise<void> {
  for (const [name, value] of Object.entries(kernelSettings)) {
    // Below the node's own /run.
    const file = join("/run/kernel-settings", name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${value}\n`);
    await run("mount", ["--bind", file, join("/proc/sys", name)]);
  }
}
