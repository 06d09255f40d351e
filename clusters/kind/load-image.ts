import { join } from "node:path";
import { CommandError, run } from "../../lib/command";
import { temporaryFolder } from "../../lib/files";
import type { Progress } from "../../lib/progress";
import { tag } from "../../images/docker";
import { imagePlatform } from "../../sandbox/images/saved";
import { findKind, type Kind } from "./command";
import { explainKind } from "./explain";

/** An image of the local Docker, and the cluster whose nodes need it. */
export interface KindImageInputs {
  readonly cluster: string;
  /** Name and tag in the local Docker. */
  readonly reference: string;
  /** A file, as `docker save` writes it, whose image the local Docker gets under that name first. */
  readonly archive?: string;
}

/**
 * Gives an image of the local Docker to every node of a kind cluster, without a registry.
 *
 * @throws Error with the cause and the remedy.
 */
export async function loadKindImage(inputs: KindImageInputs, progress: Progress, signal?: AbortSignal): Promise<void> {
  const { cluster, reference, archive } = inputs;
  const kind = await findKind(progress, signal);
  await progress.step(`${reference} into the kind cluster ${cluster}`, async () => {
    try {
      if (archive !== undefined) await loadArchive(archive, reference, signal);
      await kind(["load", "docker-image", reference, "--name", cluster], { signal }).catch((error: unknown) => {
        if (!(error instanceof CommandError && /content digest \S+: not found/.test(error.output))) throw error;
        return loadOnePlatform(kind, inputs, signal);
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw explainKind(`kind could not load ${reference} into the cluster ${cluster}`, error);
    }
  });
}

async function loadArchive(archive: string, reference: string, signal?: AbortSignal): Promise<void> {
  const said = await run("docker", ["image", "load", "--input", archive], { signal });
  const loaded = /^Loaded image(?: ID)?: (.+)$/m.exec(said)?.[1];
  if (loaded === undefined) throw new Error(`image: Docker does not say what ${archive} holds: ${said.slice(0, 200)}`);
  await tag(loaded, reference, signal);
}

/**
 * A Docker that keeps images in containerd's store (the default since 29) saves the indexes of all platforms, and the
 * content of one; kind's nodes then miss the others (kubernetes-sigs/kind issue 3795, with this way round it).
 */
async function loadOnePlatform(kind: Kind, { cluster, reference }: KindImageInputs, signal?: AbortSignal): Promise<void> {
  await using folder = await temporaryFolder("plano-affinity-image-");
  const file = join(folder.path, "image.tar");
  await run("docker", ["image", "save", "--platform", imagePlatform, "--output", file, reference], { signal });
  await kind(["load", "image-archive", file, "--name", cluster], { signal });
}
