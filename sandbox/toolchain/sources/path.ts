import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { run } from "../../../lib/command";
import { cacheDir } from "../../../lib/paths";
import { firstVersion, type InstalledTool, isOlder, Refusal, type Tool } from "../tool";

const versionLimitMs = 20_000;

/**
 * Finds a tool that the machine already has.
 *
 * @throws Refusal when a binary is missing or its version does not fit.
 */
export async function fromPath(tool: Tool): Promise<InstalledTool> {
  const source = tool.path;
  if (source === undefined) throw new Refusal("not looked for on PATH: no version of it can be asked for");
  // What our own runs put on PATH from the cache may be a start script, and is not the machine's.
  const ours = join(cacheDir(), "tools");
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...(source.folders ?? [])].filter(
    (it) => it !== "" && !it.startsWith(ours),
  );
  const binaries: Record<string, string> = {};
  for (const binary of tool.binaries) binaries[binary] = await find(binary, folders);
  const found = { origin: "path", binaries, programs: binaries, libraryFolders: [] } as const;
  if (source.versionArgs === undefined) return { ...found, version: "as installed" };
  const version = await askVersion(Object.values(binaries)[0] ?? "", source.versionArgs);
  if (source.atLeast !== undefined && isOlder(version, source.atLeast))
    throw new Refusal(`found ${version}, needs at least ${source.atLeast}`);
  if (source.below !== undefined && !isOlder(version, source.below))
    throw new Refusal(`found ${version}, needs one below ${source.below}`);
  return { ...found, version };
}

async function find(binary: string, folders: readonly string[]): Promise<string> {
  for (const file of folders.map((it) => join(it, binary))) {
    const missing: unknown = await access(file, constants.X_OK).catch((error: unknown) => error);
    if (missing === undefined) return file;
  }
  throw new Refusal(`${binary} is not on PATH`);
}

async function askVersion(file: string, args: readonly string[]): Promise<string> {
  const text = await run(file, args, { limitMs: versionLimitMs }).catch((error: unknown) => {
    throw new Refusal(error instanceof Error ? error.message : String(error));
  });
  const version = firstVersion(text);
  if (version === undefined) throw new Refusal(`${file} does not say its version`);
  return version;
}
