import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { extract } from "tar-stream";

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

/** No description in an archive is longer, in bytes: layers are. */
const descriptionLimit = 4 * 1024 * 1024;

/**
 * Reads what an archive holds, to its end.
 *
 * @throws Error when it cannot be read, was cut short, or holds no image or more than one
 */
export async function readSavedImage(file: string): Promise<SavedImage> {
  const { manifest, configs, names } = await descriptionsOf(file);
  const [image, another] = manifest;
  if (image === undefined || another !== undefined) throw new Error(`${file} holds ${manifest.length} images, not one`);
  const content = configs.get(image.Config);
  if (content === undefined) throw new Error(`${file} lacks the image's configuration, ${image.Config}`);
  const missing = image.Layers.find((layer) => !names.has(layer));
  if (missing !== undefined) throw new Error(`${file} lacks a layer of the image, ${missing}`);
  const digest = image.Config.replace(/^blobs\/sha256\//, "").replace(/\.json$/, "");
  return { config: JSON.parse(content) as ImageConfig, digest, tags: image.RepoTags ?? [] };
}

interface Manifest {
  readonly Config: string;
  readonly RepoTags: readonly string[] | null;
  readonly Layers: readonly string[];
}

/** What `docker save` writes beside the layers; the manifest may be the last entry. */
async function descriptionsOf(file: string) {
  const names = new Set<string>();
  const configs = new Map<string, string>();
  const entries = extract();
  const read = async (): Promise<void> => {
    for await (const entry of entries) {
      const { name, size, type } = entry.header;
      names.add(name);
      const chunks: Buffer[] = [];
      const wanted = type === "file" && size <= descriptionLimit && /(\.json$|^blobs\/sha256\/)/.test(name);
      for await (const chunk of entry) if (wanted) chunks.push(chunk as Buffer);
      // A small layer is none of the JSON that is looked for.
      if (wanted && [0x7b, 0x5b].includes(chunks[0]?.[0] ?? 0)) configs.set(name, Buffer.concat(chunks).toString());
    }
  };
  try {
    await Promise.all([pipeline(createReadStream(file), entries), read()]);
    const manifest = JSON.parse(configs.get("manifest.json") ?? "null") as readonly Manifest[] | null;
    if (Array.isArray(manifest)) return { manifest: manifest as readonly Manifest[], configs, names };
  } catch (error) {
    throw new Error(`${file} is no whole image archive (${(error as Error).message})`, { cause: error });
  }
  throw new Error(`${file} is no image archive as \`docker save\` writes it: it has no manifest.json`);
}
