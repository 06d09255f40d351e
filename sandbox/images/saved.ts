import { type CommandError, run } from "../../lib/command";

/** The platform that the sandbox runs images of. */
export const imagePlatform = `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`;

/** An image's configuration, as far as it is looked at. Source: OCI image specification 1.1. */
export interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
  readonly rootfs: object;
  readonly config?: { readonly Entrypoint?: readonly string[] | null };
}

/** An image in a file, as `docker save` writes it. */
export interface SavedImage {
  readonly config: ImageConfig;
  /** Digest of the configuration, which names the image's content. */
  readonly digest: string;
  /** The names that it was saved under. */
  readonly tags: readonly string[];
}

/** An image that is not there, or not for this machine: asking from elsewhere would not help. */
export class WrongImage extends Error {
  override readonly name = "WrongImage";
}

/** @throws WrongImage when an image does not run here */
export function requirePlatform({ os, architecture }: ImageConfig): void {
  const platform = `${os}/${architecture}`;
  if (platform !== imagePlatform) throw new WrongImage(`it is for ${platform}, and this machine is ${imagePlatform}`);
}

interface Manifest {
  readonly Config: string;
  readonly RepoTags: readonly string[] | null;
  readonly Layers: readonly string[];
}

/**
 * Reads what an archive holds, to its end.
 *
 * @throws Error when it cannot be read, was cut short, or holds no image or more than one
 */
export async function readSavedImage(file: string): Promise<SavedImage> {
  // Through a pipe: tar skips over what is missing at the end of a file.
  const list = run("sh", ["-c", 'cat "$0" | tar -t', file]);
  const listed = await list.catch((error: unknown) => {
    const { output, message } = error as CommandError;
    throw notWhole(file, output || message);
  });
  const names = listed.split("\n");
  const json = async (name: string): Promise<unknown> => {
    const text = await run("tar", ["-xOf", file, "--", name]);
    try {
      return JSON.parse(text);
    } catch (error) {
      throw notWhole(file, `${name}: ${(error as Error).message}`);
    }
  };
  if (!names.includes("manifest.json"))
    throw new Error(`${file} is no image archive as \`docker save\` writes it: it has no manifest.json`);
  const manifest = (await json("manifest.json")) as readonly Manifest[];
  const [image, another] = manifest;
  if (image === undefined || another !== undefined) throw new Error(`${file} holds ${manifest.length} images, not one`);
  const missing = [image.Config, ...image.Layers].find((it) => !names.includes(it));
  if (missing !== undefined) throw new Error(`${file} lacks a part of the image, ${missing}`);
  const digest = image.Config.replace(/^blobs\/sha256\//, "").replace(/\.json$/, "");
  return { config: (await json(image.Config)) as ImageConfig, digest, tags: image.RepoTags ?? [] };
}

function notWhole(file: string, why: string): Error {
  return new Error(`${file} is no whole image archive (${why.trim().split("\n")[0]})`);
}
