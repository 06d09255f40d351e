import { existsSync } from "node:fs";
import { chmod, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { stateDir } from "../../lib/paths";
import { nodePaths, type NodeSpec, readSpec } from "../node/spec";

/** The folder of a sandbox. */
export function sandboxFolder(name: string): string {
  return join(stateDir(), "clusters", name);
}

/** Every sandbox that has a folder on this machine, running or not. */
export async function listSandboxes(): Promise<NodeSpec[]> {
  const parent = join(stateDir(), "clusters");
  await mkdir(parent, { recursive: true });
  // It holds the clusters' keys.
  await chmod(parent, 0o700);
  const found: NodeSpec[] = [];
  for (const entry of await readdir(parent, { withFileTypes: true })) {
    const folder = join(parent, entry.name);
    if (entry.isDirectory() && existsSync(nodePaths(folder).spec)) found.push(await readSpec(folder));
  }
  return found;
}
