/** What the Pulumi resources of `kind/resources.ts` do, as a process of its own. */
import { serve, type Operation } from "../lib/dynamic/serve";
import { streamProgress } from "../lib/progress";
import { createKind, ensureKind, type KindRequest, kindStatus, removeKind } from "./kind/cluster";
import { type KindImageInputs, loadKindImage } from "./kind/load-image";

const progress = streamProgress(process.stderr);

/** Each operation uses its part of what all get. */
const operations: Readonly<Record<string, Operation<KindRequest & KindImageInputs & { readonly clusterId?: string }>>> = {
  create: (inputs, signal) => createKind(inputs, progress, signal),
  ensure: (inputs, signal) => ensureKind(inputs, progress, signal),
  remove: async (inputs) => {
    await removeKind(inputs, progress);
    return {};
  },
  status: (inputs) => kindStatus(inputs.name),
  "load-image": async (inputs, signal) => {
    await loadKindImage(inputs, progress, signal);
    return {};
  },
};

serve(operations);
