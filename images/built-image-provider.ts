/** What the Pulumi resource of `built-image.ts` does, as a process of its own. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { serve, type Operation } from "../lib/dynamic/serve";
import { streamProgress } from "../lib/progress";
import { type BuiltImageInputs, imageNames } from "./build-inputs";
import { stagesFor } from "./dockerfile";
import { build, digestInRegistry, dockerServer, labelsOf, push, removeUnnamed, tag, untag } from "./docker";

/** Marks images as ours: only such are removed. */
const label = "plano-affinity.inputs";

const progress = streamProgress(process.stderr);

const operations: Readonly<Record<string, Operation<BuiltImageInputs & { readonly reference?: string }>>> = {
  make: async (image, signal) => {
    const { local, pushed } = imageNames(image);
    if (image.repository === undefined || pushed === undefined) {
      await ensureLocal(image, local, signal);
      return { reference: local };
    }
    const there = await digestInRegistry(pushed, signal);
    // An index has a digest of its own that Docker does not tell; pushing tells it, and sends only what is missing.
    if (there !== undefined && there !== "unknown") return { reference: `${image.repository}@${there}` };
    await ensureLocal(image, local, signal);
    await tag(local, pushed, signal);
    const digest = await progress.step(`push ${pushed}`, (detail) => push(pushed, { signal, onLine: detail }));
    // By digest, which cannot be moved to another image.
    return { reference: `${image.repository}@${digest}` };
  },
  // Asked on every update, so it must not fail where only this machine's Docker is away: then nothing is known.
  local: async (image, signal) => {
    if (!(await dockerServer(signal)).answers) return { exists: true };
    return { exists: (await labelsOf(imageNames(image).local, signal)) !== undefined };
  },
  pushed: async ({ reference }, signal) => ({
    exists: reference === undefined || (await digestInRegistry(reference, signal)) !== undefined,
  }),
  remove: async (image, signal) => {
    // Without Docker there is no image of its either that could be removed.
    if (!(await dockerServer(signal)).answers) return;
    const { local, pushed } = imageNames(image);
    for (const reference of pushed === undefined ? [local] : [local, pushed]) {
      const labels = await labelsOf(reference, signal);
      if (labels?.[label] === image.inputs) await untag(reference, signal);
    }
    // Somebody else may be at it, too; what stays is disk.
    await removeUnnamed(`${label}=${image.inputs}`, signal).catch((error: unknown) => progress.info((error as Error).message));
  },
};

async function ensureLocal(image: BuiltImageInputs, reference: string, signal: AbortSignal): Promise<void> {
  const { target, inputs, planoVersion, mirror } = image;
  if ((await labelsOf(reference, signal))?.[label] === inputs) return;
  const buildArgs = {
    ...(target === "plano" && { PLANO_VERSION: planoVersion }),
    ...(mirror !== undefined && { REGISTRY: mirror }),
  };
  const context = join(__dirname, "..");
  const dockerfile = stagesFor(await readFile(join(context, "Dockerfile"), "utf8"), target, `${label}=${inputs}`);
  const request = { dockerfile, context, target, reference, buildArgs, labels: { [label]: inputs } };
  await progress.step(`image ${reference}`, (detail) => build(request, { signal, onLine: detail }));
}

serve(operations);
