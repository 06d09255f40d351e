import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { cacheDir } from "../../lib/paths";
import { sharedLibraries } from "../images/libraries";
import { libraryFolders } from "./sources/debian";
import { moduleFolder } from "./sources/go-module";
import type { Built, InstalledTool, Origin, Tool } from "./tool";

const manifestFile = "manifest.json";

/** What was published: enough to see that nothing was cut off or changed since. Paths are relative to the folder. */
interface Manifest extends Omit<InstalledTool, "libraryFolders"> {
  readonly files: readonly { readonly path: string; readonly size: number; readonly modified: number; readonly sha256: string }[];
}

/** The folder of a tool in the cache: its name changes with everything that decides what is built. */
export async function cacheFolder(tool: Tool): Promise<string> {
  const recipe = createHash("sha256").update(JSON.stringify(tool)).update(process.arch);
  if (tool.go !== undefined) {
    const folder = moduleFolder(tool);
    for (const file of await filesUnder(folder)) recipe.update(file).update(await readFile(join(folder, file)));
  }
  return join(cacheDir(), "tools", `${tool.name}-${tool.version}-${recipe.digest("hex").slice(0, 10)}`);
}

/**
 * Reads a tool from the cache; `undefined` when it is not there or not whole. What is not whole stays where it is:
 * only the holder of the tool's lock may remove it, as {@link publish} does.
 *
 * @param thorough also reads every file and compares checksums, for `npm run doctor`.
 */
export async function readCache(folder: string, thorough = false): Promise<InstalledTool | undefined> {
  const manifest = await readManifest(folder);
  if (manifest === undefined || !(await isWhole(folder, manifest, thorough))) return undefined;
  const { name, version, origin } = manifest;
  const here = (path: string): string => join(folder, path);
  const [binaries, programs] = [renamed(manifest.binaries, here), renamed(manifest.programs, here)];
  const folders = libraryFolders(folder).filter((it) => existsSync(it));
  // Only the libraries that the machine lacked were unpacked with a package, and the machine may have lost some since.
  if (origin === "package") {
    const loads = await Promise.allSettled(Object.values(programs).map((it) => sharedLibraries(it, folders)));
    if (loads.some((it) => it.status === "rejected")) return undefined;
  }
  return { name, version, origin, binaries, programs, libraryFolders: folders };
}

function renamed(paths: Manifest["binaries"], path: (path: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(paths).map(([name, it]) => [name, path(it)]));
}

/** An unreadable or invalid manifest counts as missing. */
async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    const manifest = JSON.parse(await readFile(join(folder, manifestFile), "utf8")) as Manifest | null;
    return manifest?.files === undefined ? undefined : manifest;
  } catch {
    return undefined;
  }
}

async function isWhole(folder: string, manifest: Manifest, thorough: boolean): Promise<boolean> {
  for (const file of manifest.files) {
    const path = join(folder, file.path);
    const found = await stat(path).catch(() => undefined);
    if (found?.size !== file.size) return false;
    // A changed time is no proof of damage, but reason enough to read the file.
    const suspicious = thorough || Math.trunc(found.mtimeMs) !== file.modified;
    if (suspicious && (await sha256(path)) !== file.sha256) return false;
  }
  return true;
}

/**
 * Lets `make` fill an empty folder and publishes it under `folder` in one move, so that it is never seen half made. For
 * the holder of the tool's lock: what others left half made of it is removed.
 */
export async function publish(
  folder: string,
  tool: Tool,
  origin: Origin,
  make: (temporary: string) => Promise<Built>,
): Promise<void> {
  const parent = dirname(folder);
  await mkdir(parent, { recursive: true });
  const making = `.making-${basename(folder)}-`;
  const abandoned = (await readdir(parent)).filter((it) => it.startsWith(making));
  for (const it of abandoned) await rm(join(parent, it), { recursive: true, force: true });
  const temporary = await mkdtemp(join(parent, making));
  try {
    const { binaries, programs = binaries } = await make(temporary);
    const inside = (path: string): string => relative(temporary, path);
    const manifest: Manifest = {
      name: tool.name,
      version: tool.version,
      origin,
      binaries: renamed(binaries, inside),
      programs: renamed(programs, inside),
      files: await describeFiles(temporary),
    };
    await writeFile(join(temporary, manifestFile), JSON.stringify(manifest, null, 2));
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Every file of a tool: a program is as broken by a library that was cut off as by its own end missing. */
async function describeFiles(folder: string): Promise<Manifest["files"]> {
  const files = [];
  for (const path of await filesUnder(folder)) {
    const { size, mtimeMs } = await stat(join(folder, path));
    files.push({ path, size, modified: Math.trunc(mtimeMs), sha256: await sha256(join(folder, path)) });
  }
  return files;
}

/** The paths of all files below a folder, in their order. */
async function filesUnder(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.flatMap((it) => (it.isFile() ? relative(folder, join(it.parentPath, it.name)) : [])).sort();
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
