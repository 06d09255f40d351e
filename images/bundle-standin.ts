import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "../lib/paths";
import { standinImage } from "../standin/image";

const projectFolder = join(__dirname, "..");

/**
 * Bundles the stand-in's programs, one file each.
 *
 * @returns a folder that holds them under their paths in the image.
 */
export async function bundleStandin(): Promise<string> {
  const folder = join(cacheDir(), "standin", await dependenciesHash());
  await Promise.all(
    Object.entries(standinImage.files).map(([path, source]) =>
      build({
        ...standinImage.bundle,
        entryPoints: [join(projectFolder, source)],
        outfile: join(folder, path),
        logLevel: "silent",
      }),
    ),
  );
  return folder;
}

/** Checkouts with other dependencies bundle into other folders, so that they do not overwrite each other's files. */
async function dependenciesHash(): Promise<string> {
  const lock = await readFile(join(projectFolder, "package-lock.json"));
  return createHash("sha256").update(projectFolder).update(lock).digest("hex").slice(0, 12);
}
