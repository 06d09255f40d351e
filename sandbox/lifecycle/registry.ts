import { chmod, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { readRecord } from "../../lib/files";
import { stateDir } from "../../lib/paths";
import { nodePaths, type NodeSpec, readSpec } from "../node/spec";
import { findProcess } from "./node-process";

/** The folder of a sandbox. */
export function sandboxFolder(name: string): string {
  return join(stateDir(), "clusters", name);
}

/** A sandbox that runs, and the process that holds its namespaces. @throws Error where it does not run */
export async function runningNode(name: string): Promise<{ readonly spec: NodeSpec; readonly pid: number }> {
  const folder = sandboxFolder(name);
  const pid = await findProcess(folder);
  if (pid === undefined) throw new Error(`the sandbox ${name} does not run; \`npm run pulumi -- up\` starts it again`);
  return { spec: readSpec(folder), pid };
}

/** Every sandbox that has a folder on this machine, running or not, but for those whose description is not whole. */
export async function listSandboxes(): Promise<NodeSpec[]> {
  const parent = join(stateDir(), "clusters");
  await mkdir(parent, { recursive: true });
  // It holds the clusters' keys.
  await chmod(parent, 0o700);
  return (await readdir(parent)).flatMap((name) => readRecord<NodeSpec>(nodePaths(join(parent, name)).spec) ?? []);
}
