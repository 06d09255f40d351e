import { build } from "esbuild";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { standinImage } from "../standin/image";

/** The official image that a bundled program runs on: Node.js of the release line that it is bundled for. */
export const nodeImage = "docker.io/library/node:20-slim";

/** Most bytes that a ConfigMap holds (Kubernetes 1.34, `MaxSecretSize`, which it shares). */
export const configMapLimit = 1024 * 1024;

/** A program of the stand-in's image: its path there. */
export type StandinProgram = keyof typeof standinImage.files;

/**
 * Bundles and compresses one program of the stand-in, for a ConfigMap: 240 kB for the gateway in place of 840 kB,
 * which the stack's state would hold several times.
 *
 * @returns the gzip file in base64; the same for the same sources.
 */
export async function bundleProgram(program: StandinProgram): Promise<string> {
  const { outputFiles } = await build({
    ...standinImage.bundle,
    absWorkingDir: join(__dirname, ".."),
    entryPoints: [standinImage.files[program]],
    minify: true,
    write: false,
    logLevel: "silent",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`${program} was not bundled`);
  const packed = await promisify(gzip)(file.contents, { level: 9 });
  if (packed.length > configMapLimit) throw new Error(`${program} is too large for a ConfigMap: ${packed.length} bytes`);
  return packed.toString("base64");
}
