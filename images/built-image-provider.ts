/** What the Pulumi resource of `built-image.ts` does, as a process of its own. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { serve, type Operation } from "../lib/dynamic/serve";
import { streamProgress } from "../lib/progress";
import { byDigest, imageNames, type ImageTarget } from "./build-inputs";
import { stagesFor } from "./dockerfile";
import { build, digestInRegistry, dockerServer, labelsOf, push, tag, untag } from "./docker";

/** What identifies an image that is built from the Dockerfile. */
export interface BuiltImageInputs {
  readonly target: ImageTarget;
  /** Release that `plano` is built from. */
  readonly planoVersion: string;
  /** Digest of all that goes into it; see `buildInputs`. */
  readonly inputs: string;
  /** Where it is pushed to; undefined: it stays in the engine of this machine. */
  readonly repository?: string;
}

/** What is known of an image that was built. */
export interface BuiltImageState extends BuiltImageInputs {
  /** What containers name. */
  readonly reference: string;
}

/** Marks images as ours: only such are removed. */
const label = "plano-affinity.inputs";

const progress = streamProgress(process.stderr);

const operations: Readonly<Record<string, Operation<BuiltImageInputs & { readonly reference?: string }>>> = {
  make: async (image, signal) => {
    const { local, pushed } = imageNames(image.target, image.inputs, image.repository);
    if (image.repository === undefined || pushed === undefined) {
      await ensureLocal(image, local, signal);
      return { reference: local };
    }
    const there = await digestInRegistry(pushed, signal);
    // An index has a digest of its own that Docker does not tell; pushing tells it, and sends only what is missing.
    if (there !== undefined && there !== "unknown") return { reference: byDigest(image.repository, there) };
    await ensureLocal(image, local, signal);
    await tag(local, pushed, signal);
    const digest = await progress.step(`push ${pushed}`, (detail) => push(pushed, { signal, onLine: detail }));
    return { reference: byDigest(image.repository, digest) };
  },
  // Asked on every update, so it must not fail where only this machine's Docker is away: then nothing is known.
  local: async (image, signal) => {
    if (!(await dockerServer(signal)).answers) return { exists: true };
    const { local } = imageNames(image.target, image.inputs, undefined);
    return { exists: (await labelsOf(local, signal)) !== undefined };
  },
  pushed: async ({ reference }, signal) => ({
    exists: reference === undefined || (await digestInRegistry(reference, signal)) !== undefined,
  }),
  remove: async (image, signal) => {
    // Without Docker there is no image of its either that could be removed.
    if (!(await dockerServer(signal)).answers) return {};
    const { local, pushed } = imageNames(image.target, image.inputs, image.repository);
    for (const reference of [local, ...(pushed === undefined ? [] : [pushed])]) {
      const labels = await labelsOf(reference, signal);
      if (labels?.[label] === image.inputs) await untag(reference, signal);
    }
    return {};
  },
};

async function ensureLocal(image: BuiltImageInputs, reference: string, signal: AbortSignal): Promise<void> {
  const { target, inputs, planoVersion } = image;
  if ((await labelsOf(reference, signal))?.[label] === inputs) return;
  const buildArgs: Record<string, string> = target === "plano" ? { PLANO_VERSION: planoVersion } : {};
  const context = join(__dirname, "..");
  const dockerfile = stagesFor(await readFile(join(context, "Dockerfile"), "utf8"), target);
  const request = { dockerfile, context, target, reference, buildArgs, labels: { [label]: inputs } };
  await progress.step(`image ${reference}`, (detail) => build(request, { signal, onLine: detail }));
}

serve(operations);
