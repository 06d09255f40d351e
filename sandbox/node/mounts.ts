import { mkdir, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../lib/command";
import { type NodeSpec, nodePaths } from "./spec";

/**
 * Host folders in which Kubernetes, containerd and CNI write at fixed paths. The node sees empty ones of its own, so
 * that the machine's stay as they were.
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
