import { existsSync } from "node:fs";
import { chmod, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { stateDir } from "../../lib/paths";
import { nodePaths, type NodeSpec, readSpec } from "../node/spec";

/** The folder of a sandbox. */
export function sandboxFolder(name: string): string {
  return join(stateDir(), "clusters", name);
}

/** The folder of all sandboxes; it holds their clusters' keys, so that only its owner may read it. */
async function registryFolder(): Promise<string> {
  const folder = join(stateDir(), "clusters");
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  return folder;
}

/** Every sandbox that has a folder on this machine, running or not. */
export async function listSandboxes(): Promise<NodeSpec[]> {
  const parent = await registryFolder();
  const found: NodeSpec[] = [];
  for (const entry of await readdir(parent, { withFileTypes: true })) {
    const folder = join(parent, entry.name);
    if (entry.isDirectory() && existsSync(nodePaths(folder).spec)) found.push(await readSpec(folder));
  }
  return found;
}
