import { watch } from "node:fs";
import { chmod, stat } from "node:fs/promises";
import { join } from "node:path";
import { nodePaths, type NodeSpec } from "./spec";

/**
 * Opens each new volume to every user, as they appear: the controller-manager makes them for root only, and the
 * kubelet does not apply a pod's fsGroup to host paths, so that no pod without root could write.
 */
export function openNewVolumes(spec: NodeSpec): void {
  const { volumes } = nodePaths(spec.folder);
  watch(volumes, (_event, name) => {
    // A volume that was removed also shows up here, and is gone by then.
    if (name !== null) open(join(volumes, name)).catch(() => undefined);
  });
}

async function open(folder: string): Promise<void> {
  // Setting what is set already would be the next event, and so on for ever.
  if (((await stat(folder)).mode & 0o777) !== 0o777) await chmod(folder, 0o777);
}
