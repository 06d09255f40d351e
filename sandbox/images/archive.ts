import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { pack, type Pack } from "tar-stream";
import { writeWhole } from "../../lib/files";
import { cacheDir } from "../../lib/paths";
import { imagePlatform } from "./saved";
import { sharedLibraries } from "./libraries";

/** An image of one layer, made from files of this machine instead of a registry's. */
export interface ImageDefinition {
  /** Short name: `redis`. */
  readonly name: string;
  /** Programs of this machine, each with the shared libraries it loads: path in the image → path here. */
  readonly programs: Readonly<Record<string, string>>;
  /** Other files: path in the image → path here. */
  readonly files?: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly cmd?: readonly string[];
  /** `uid:gid`. */
  readonly user: string;
  readonly workdir?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Folders in which packages brought shared libraries along. */
  readonly libraryFolders?: readonly string[];
}

/** An image as a file, ready to be imported by any container engine. */
export interface ImageArchive {
  readonly reference: string;
  readonly file: string;
}

/**
 * Packs an image, or finds it in the cache: the same files, settings and libraries give the same reference.
 */
export async function buildImage(definition: ImageDefinition): Promise<ImageArchive> {
  const files = await collectFiles(definition);
  const folder = join(cacheDir(), "images");
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const tag = await contentTag(definition, files);
  const reference = `localhost/plano-affinity/${definition.name}:${tag}`;
  const file = join(folder, `${definition.name}-${tag}.tar`);
  if (!existsSync(file)) await writeArchive(file, definition, files, reference);
  return { reference, file };
}

async function collectFiles(definition: ImageDefinition): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const [path, source] of Object.entries(definition.programs)) {
    files.set(path, source);
    const libraries = await sharedLibraries(source, definition.libraryFolders ?? []);
    for (const [library, from] of Object.entries(libraries)) files.set(library, from);
  }
  for (const [path, source] of Object.entries(definition.files ?? {})) files.set(path, source);
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Programs and libraries count by size and time, for reading 100 MB of Node.js on each `up` is slow; files by content. */
async function contentTag(definition: ImageDefinition, files: ReadonlyMap<string, string>): Promise<string> {
  const { programs, files: plain, libraryFolders, ...settings } = definition;
  const hash = createHash("sha256").update(JSON.stringify(settings));
  for (const [path, source] of files) {
    hash.update(path);
    if (plain?.[path] !== undefined) hash.update(await readFile(source));
    else {
      const found = await stat(source);
      hash.update(`${found.size} ${found.mtimeMs}`);
    }
  }
  return hash.digest("hex").slice(0, 12);
}

async function writeArchive(
  file: string,
  definition: ImageDefinition,
  files: ReadonlyMap<string, string>,
  reference: string,
): Promise<void> {
  const layerFile = `${file}.${process.pid}.layer`;
  try {
    await writeTar(layerFile, (layer) => fillLayer(layer, files, definition));
    const digest = createHash("sha256");
    await pipeline(createReadStream(layerFile), digest);
    const config = JSON.stringify(imageConfig(definition, digest.digest("hex")));
    const configName = `${createHash("sha256").update(config).digest("hex")}.json`;
    await writeTar(file, async (archive) => {
      await addText(archive, configName, config);
      await addFile(archive, "layer.tar", layerFile);
      const manifest = [{ Config: configName, RepoTags: [reference], Layers: ["layer.tar"] }];
      await addText(archive, "manifest.json", JSON.stringify(manifest));
    });
  } finally {
    await rm(layerFile, { force: true });
  }
}

/** Writes an archive; the first of filling and writing that fails ends the other, as a full disk does. */
async function writeTar(file: string, fill: (archive: Pack) => Promise<void>): Promise<void> {
  const archive = pack();
  const filled = fill(archive).then(
    () => archive.finalize(),
    (error: unknown) => void archive.destroy(error as Error),
  );
  await Promise.all([filled, writeWhole(file, archive as AsyncIterable<Buffer>)]);
}

async function fillLayer(layer: Pack, files: ReadonlyMap<string, string>, definition: ImageDefinition): Promise<void> {
  const folders = new Set<string>();
  const addFolder = (path: string): void => {
    if (path === "/" || folders.has(path)) return;
    addFolder(dirname(path));
    folders.add(path);
    layer.entry({ name: `${path.slice(1)}/`, type: "directory", mode: path === "/tmp" ? 0o1777 : 0o755, mtime: new Date(0) });
  };
  ["/tmp", "/etc", ...(definition.workdir === undefined ? [] : [definition.workdir])].forEach(addFolder);
  const [uid, gid] = definition.user.split(":");
  await addText(layer, "etc/passwd", `root:x:0:0:root:/:/sbin/nologin\napp:x:${uid}:${gid}:app:/tmp:/sbin/nologin\n`);
  for (const [path, source] of files) {
    addFolder(dirname(path));
    await addFile(layer, path.slice(1), source, path in definition.programs || path.includes("/lib") ? 0o755 : 0o644);
  }
}

/** Docker image specification 1.2. */
function imageConfig(definition: ImageDefinition, layerDigest: string): object {
  return {
    architecture: imagePlatform.split("/")[1],
    os: "linux",
    created: new Date(0).toISOString(),
    config: {
      User: definition.user,
      WorkingDir: definition.workdir ?? "/",
      Entrypoint: definition.entrypoint,
      Cmd: definition.cmd ?? null,
      Env: Object.entries({ PATH: "/usr/local/sbin:/usr/local/bin:/usr/bin:/bin", ...definition.env }).map(
        ([key, value]) => `${key}=${value}`,
      ),
    },
    rootfs: { type: "layers", diff_ids: [`sha256:${layerDigest}`] },
    history: [{ created: new Date(0).toISOString(), created_by: "plano-affinity" }],
  };
}

async function addText(archive: Pack, name: string, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) =>
    archive.entry({ name, mode: 0o644, mtime: new Date(0) }, text, (error) => (error ? reject(error) : resolve())),
  );
}

async function addFile(archive: Pack, name: string, source: string, mode = 0o644): Promise<void> {
  const { size } = await stat(source);
  await pipeline(createReadStream(source), archive.entry({ name, size, mode, mtime: new Date(0) }));
}
