import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { cacheDir } from "../../../lib/paths";
import { run } from "../../../lib/command";
import { type InstalledTool, Refusal, type Tool } from "../tool";
import { compareVersions, firstVersion } from "../version";

/**
 * Finds a tool that the machine already has.
 *
 * @throws Refusal when a binary is missing or its version does not fit.
 */
export async function fromPath(tool: Tool): Promise<InstalledTool> {
  const source = tool.path;
  if (source === undefined) throw new Refusal("not looked for on PATH: no version of it can be asked for");
  // What a run of ours has put on PATH from the cache is not the machine's: it may be a start script.
  const ours = join(cacheDir(), "tools");
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...(source.folders ?? [])].filter(
    (it) => it !== "" && !it.startsWith(ours),
  );
  const binaries: Record<string, string> = {};
  for (const binary of tool.binaries) binaries[binary] = await find(binary, folders);
  const found = { name: tool.name, origin: "path", binaries, programs: binaries, libraryFolders: [] } as const;
  if (source.versionArgs === undefined) return { ...found, version: "as installed" };
  const version = await askVersion(Object.values(binaries)[0] ?? "", source.versionArgs);
  if (source.atLeast !== undefined && compareVersions(version, source.atLeast) < 0) {
    throw new Refusal(`found ${version}, needs at least ${source.atLeast}`);
  }
  if (source.below !== undefined && compareVersions(version, source.below) >= 0) {
    throw new Refusal(`found ${version}, needs one below ${source.below}`);
  }
  return { ...found, version };
}

async function find(binary: string, folders: readonly string[]): Promise<string> {
  for (const folder of folders) {
    const file = join(folder, binary);
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  throw new Refusal(`${binary} is not on PATH`);
}

async function askVersion(file: string, args: readonly string[]): Promise<string> {
  const text = await run(file, args).catch((error: unknown) => {
    throw new Refusal(error instanceof Error ? error.message : String(error));
  });
  const version = firstVersion(text);
  if (version === undefined) throw new Refusal(`${file} does not say its version`);
  return version;
}
