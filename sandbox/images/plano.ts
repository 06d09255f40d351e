import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "../../lib/paths";
import { type PullOptions, pullImage } from "./store";
import type { ImageArchive } from "./archive";

/** Plano's image: in a registry, or in a file as `docker save` writes it. */
export type PlanoSource = { readonly reference: string } | { readonly archive: string; readonly digest: string };

/** What the files of Plano's images begin with, where a sandbox keeps its images. */
export const planoPrefix = "plano";

/**
 * The archive of an image of Plano, pulled unless it is there. The name of a given one has an `@` in the sandbox: the node gives it a name
 * of ours beside its own, which another image may have had before.
 */
export async function planoArchive(source: PlanoSource, options: PullOptions): Promise<ImageArchive & { readonly as?: string }> {
  if ("archive" in source) {
    const tag = source.digest.slice(0, 12);
    return { file: source.archive, as: `${planoPrefix}@${tag}.tar`, reference: `localhost/plano-affinity/plano:${tag}` };
  }
  const file = pulledFile(source.reference);
  if (!existsSync(file)) await pullImage(source.reference, file, options);
  return { file, reference: source.reference };
}

/** Where an image is once it was pulled. */
export function pulledFile(reference: string): string {
  const name = `${planoPrefix}-${createHash("sha256").update(reference).digest("hex").slice(0, 12)}.tar`;
  return join(cacheDir(), "images", name);
}
