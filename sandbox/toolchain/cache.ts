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

/** Reads a tool from the cache; `undefined` when it is not whole, which only the lock's holder may mend: see {@link publish}. */
export async function readCache(folder: string): Promise<InstalledTool | undefined> {
  try {
    const text = await readFile(join(folder, manifestFile), "utf8");
    const { files, binaries, programs, ...tool } = JSON.parse(text) as Manifest;
    for (const it of files) if (!(await isWhole(folder, it))) return undefined;
    const here = (path: string): string => join(folder, path);
    const own = libraryFolders(folder).filter((it) => existsSync(it));
    const found = { ...tool, binaries: renamed(binaries, here), programs: renamed(programs, here), libraryFolders: own };
    // Only the libraries that the machine lacked were unpacked with a package, and the machine may have lost some since.
    if (tool.origin === "package") await Promise.all(Object.values(found.programs).map((it) => sharedLibraries(it, own)));
    return found;
  } catch {
    return undefined;
  }
}

function renamed(paths: Manifest["binaries"], path: (path: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(paths).map(([name, it]) => [name, path(it)]));
}

/** A changed time is no proof of damage, but reason enough to read the file. */
async function isWhole(folder: string, { path, size, modified, sha256: published }: Manifest["files"][number]): Promise<boolean> {
  const file = join(folder, path);
  const found = await stat(file);
  return found.size === size && (Math.trunc(found.mtimeMs) === modified || (await sha256(file)) === published);
}

/** Publishes under `folder`, in one move, what `make` puts into an empty one. For the holder of the tool's lock. */
export async function publish(
  folder: string,
  tool: Tool,
  origin: Origin,
  make: (temporary: string) => Promise<Built>,
): Promise<void> {
  const parent = dirname(folder);
  await mkdir(parent, { recursive: true, mode: 0o755 });
  const making = `.making-${basename(folder)}-`;
  const abandoned = (await readdir(parent)).filter((it) => it.startsWith(making));
  for (const it of abandoned) await rm(join(parent, it), { recursive: true, force: true });
  const temporary = await mkdtemp(join(parent, making));
  try {
    const { binaries, programs = binaries, version = tool.version } = await make(temporary);
    const inside = (path: string): string => relative(temporary, path);
    const manifest: Manifest = {
      version,
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

async function filesUnder(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.flatMap((it) => (it.isFile() ? relative(folder, join(it.parentPath, it.name)) : [])).sort();
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
