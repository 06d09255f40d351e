/** What the Pulumi resources of `sandbox.ts` do, as a process of its own. */
import { serve, type Operation } from "../lib/dynamic/serve";
import { streamProgress } from "../lib/progress";
import { haproxyImage } from "../sandbox/images/base";
import { planoArchive, type PlanoSource } from "../sandbox/images/plano";
import {
  ensureSandbox,
  loadArchive,
  loadImage,
  removeSandbox,
  type SandboxRequest,
  sandboxStatus,
} from "../sandbox/lifecycle/sandbox";
import { closeWayOut, hasWayOut, openWayOut } from "../sandbox/lifecycle/way-out";
import { ensureTools } from "../sandbox/toolchain/ensure";
import { standinDefinition } from "../images/bundled";

const progress = streamProgress(process.stderr);

const operations: Readonly<Record<string, Operation<SandboxRequest & { readonly plano: PlanoSource }>>> = {
  // One of ours that the stack does not know was left by a run whose state is lost: it is replaced.
  create: async (inputs, signal) => {
    await removeSandbox(inputs);
    return ensureSandbox(inputs, progress, signal);
  },
  ensure: (inputs, signal) => ensureSandbox(inputs, progress, signal),
  remove: (inputs) => removeSandbox(inputs),
  status: (inputs) => sandboxStatus(inputs.name),
  "close-way-out": ({ name }) => closeWayOut(name),
  "has-way-out": async ({ name }) => ({ open: await hasWayOut(name) }),
  "open-way-out": async ({ name }, signal) => {
    const { slirp4netns } = await ensureTools(["slirp4netns"], progress, signal);
    await progress.step(`way out for the pods of the sandbox ${name}`, () => openWayOut(name, slirp4netns, signal));
  },
  "load-haproxy": async (inputs, signal) => {
    const { haproxy } = await ensureTools(["haproxy"], progress, signal);
    return { reference: await loadImage(inputs.name, haproxyImage(haproxy)) };
  },
  "load-plano": async ({ name, plano }, signal) => {
    const archive = await planoArchive(plano, { progress, signal });
    await progress.step(`${archive.reference} into the sandbox ${name}`, () => loadArchive(name, archive, archive.as));
    return { reference: archive.reference };
  },
  "load-standin": async (inputs) => ({ reference: await loadImage(inputs.name, await standinDefinition()) }),
};

serve(operations);
