import { join } from "node:path";
import { CommandError, run } from "../../lib/command";
import { temporaryFolder } from "../../lib/files";
import type { Progress } from "../../lib/progress";
import { tag, untag } from "../../images/docker";
import { imagePlatform } from "../../sandbox/images/saved";
import { findKind, type Kind } from "./command";
import { explainKind } from "./explain";
import { nodesHave } from "./unload-image";

/** An image of the local Docker, and the cluster whose nodes need it. */
export interface KindImageInputs {
  readonly cluster: string;
  /** Name and tag in the local Docker. */
  readonly reference: string;
  /** A file, as `docker save` writes it, whose image the local Docker gets under that name in between. */
  readonly archive?: string;
  /** Whether the cluster stays when the stack goes, so that the image must be removed. Default false. */
  readonly joined?: boolean;
  /** References that were loaded into that cluster for this stack before. */
  readonly loaded?: readonly string[];
}

/**
 * Gives an image of the local Docker to every node of a kind cluster, without a registry.
 *
 * @returns what the nodes of a cluster that stays have because of this stack: images that they had before do not count
 * @throws Error with the cause and the remedy
 */
export async function loadKindImage(
  inputs: KindImageInputs,
  progress: Progress,
  signal?: AbortSignal,
): Promise<{ readonly loaded?: readonly string[] }> {
  const { cluster, reference, archive, joined, loaded = [] } = inputs;
  const kind = await findKind(progress, signal);
  const isNew = joined === true && !(await nodesHave(cluster, reference, signal));
  await using docker = new Borrowed(progress);
  await progress.step(`${reference} into the kind cluster ${cluster}`, async () => {
    try {
      if (archive !== undefined) await docker.load(archive, reference, signal);
      await kind(["load", "docker-image", reference, "--name", cluster], { signal }).catch((error: unknown) => {
        if (!(error instanceof CommandError && /content digest \S+: not found/.test(error.output))) throw error;
        return loadOnePlatform(kind, inputs, signal);
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw explainKind(`kind could not load ${reference} into the cluster ${cluster}`, error);
    }
  });
  return joined === true ? { loaded: isNew ? [...loaded, reference] : loaded } : {};
}

/** Names that the local Docker has, or has for another image, only until the nodes have it. */
class Borrowed implements AsyncDisposable {
  /** The image that a name was of before. */
  readonly #names = new Map<string, string | undefined>();

  constructor(private readonly progress: Progress) {}

  async load(archive: string, reference: string, signal?: AbortSignal): Promise<void> {
    const list = ["image", "ls", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}"];
    const had = (await run("docker", list, { signal })).split("\n").map((it) => it.split(" "));
    const before = new Map(had.map(([name = "", id = ""]) => [name, id]));
    const said = await run("docker", ["image", "load", "--input", archive], { signal });
    const own = /^Loaded image(?: ID)?: (.+)$/m.exec(said)?.[1];
    if (own === undefined) throw new Error(`image: Docker does not say what ${archive} holds: ${said.slice(0, 200)}`);
    const id = (await run("docker", ["image", "inspect", "--format", "{{.Id}}", own], { signal })).trim();
    for (const name of [reference, own]) {
      // Without a name of its own it is called by its id, and goes with the name that it is given here.
      const had = before.get(name);
      if (had !== id && name !== id) this.#names.set(name, had);
    }
    await tag(own, reference, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [name, before] of this.#names)
      await (before === undefined ? untag(name) : tag(before, name)).catch((error: unknown) =>
        this.progress.info((error as Error).message),
      );
  }
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
