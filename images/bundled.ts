import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { cacheDir } from "../lib/paths";
import type { ImageDefinition } from "../sandbox/images/archive";
import { standinImage } from "../standin/image";

const projectFolder = join(__dirname, "..");
const options = { ...standinImage.bundle, absWorkingDir: projectFolder, logLevel: "silent" } as const;

type Program = keyof typeof standinImage.files;

/** Where the package for other programs, which lacks the sources, has what {@link bundleProgram} makes of them. */
export function prepared(program: Program, project = projectFolder): string {
  return join(project, "programs", `${basename(program)}.gz.b64`);
}

/** A program of the stand-in for a ConfigMap, as a gzip file in base64: the gateway in 240 kB in place of 840 kB. */
export async function bundleProgram(program: Program): Promise<string> {
  if (existsSync(prepared(program))) return readFile(prepared(program), "utf8");
  const { build } = await import("esbuild");
  const entryPoints = [standinImage.files[program]];
  const { outputFiles } = await build({ ...options, entryPoints, minify: true, write: false });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`${program} was not bundled`);
  const packed = await promisify(gzip)(file.contents, { level: 9 });
  return packed.toString("base64");
}

/** Bundles the stand-in's programs into the cache. @returns the sandbox's image of them, with this machine's Node.js */
export async function standinDefinition(): Promise<ImageDefinition> {
  // Checkouts with other dependencies bundle into other folders, so that they do not overwrite each other's files.
  const lock = await readFile(join(projectFolder, "package-lock.json"));
  const checkout = createHash("sha256").update(projectFolder).update(lock).digest("hex").slice(0, 12);
  const folder = join(cacheDir(), "standin", checkout);
  const { build } = await import("esbuild");
  const files = await Promise.all(
    Object.entries(standinImage.files).map(async ([path, source]) => {
      const outfile = join(folder, path);
      await build({ ...options, entryPoints: [source], outfile });
      return [path, outfile] as const;
    }),
  );
  const { user, workdir, entrypoint, cmd } = standinImage;
  const programs = { "/usr/local/bin/node": process.execPath };
  return { name: "standin", programs, files: Object.fromEntries(files), user, workdir, entrypoint, cmd };
}
