import { watch } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { nodePaths, type NodeSpec } from "./spec";

/**
 * Opens each new volume to every user, as they appear: the controller-manager makes them for root only, and the
 * kubelet does not apply a pod's fsGroup to host paths, so that no pod without root could write.
 */
export function openNewVolumes(spec: NodeSpec): void {
  const { volumes } = nodePaths(spec.folder);
  watch(volumes, (event, name) => {
    // "rename" is a folder that came or went; "change" would also be our own chmod. One that went is gone by then.
    if (event === "rename" && name !== null) chmod(join(volumes, name), 0o777).catch(() => undefined);
  });
}
