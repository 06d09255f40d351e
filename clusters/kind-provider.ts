/** What the Pulumi resources of `kind/resources.ts` do, as a process of its own. */
import { serve, type Operation } from "../lib/dynamic/serve";
import { streamProgress } from "../lib/progress";
import { ensureKind, type KindRequest, kindStatus, removeKind } from "./kind/cluster";
import { createKind } from "./kind/create";
import { type KindImageInputs, loadKindImage } from "./kind/load-image";
import { unloadKindImages } from "./kind/unload-image";

const progress = streamProgress(process.stderr);

/** Each operation uses its part of what all get. */
const operations: Readonly<Record<string, Operation<KindRequest & KindImageInputs & { readonly clusterId?: string }>>> = {
  create: (inputs, signal) => createKind(inputs, progress, signal),
  ensure: (inputs, signal) => ensureKind(inputs, progress, signal),
  remove: (inputs, signal) => removeKind(inputs, progress, signal),
  status: (inputs) => kindStatus(inputs.name),
  "load-image": (inputs, signal) => loadKindImage(inputs, progress, signal),
  "unload-image": (inputs) => unloadKindImages({ ...inputs, clusterId: inputs.clusterId ?? "" }, progress),
};

serve(operations);
