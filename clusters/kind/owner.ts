import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readRecord, writeWhole } from "../../lib/files";
import { stateDir } from "../../lib/paths";

/** Who makes a cluster. */
export interface KindOwner {
  /** Such as `project/stack`. */
  readonly owner: string;
  readonly ownerFolder: string;
}

/** That a stack has begun a cluster, and which one it became. */
interface Mark extends KindOwner {
  /** Undefined while the cluster is being made. */
  readonly clusterId?: string;
  /** Id of the one that is being made, once there is a container. */
  readonly begun?: string;
}

/**
 * - `none`: this owner has begun no cluster of that name.
 * - `begun`: it began one and did not get to its container.
 * - otherwise the id of the cluster that it made, or began and did not finish.
 */
export type Ownership = "none" | "begun" | { readonly clusterId: string; readonly isHalfMade?: true };

/**
 * What this owner has made under a name. kind has no room for an owner in its clusters, so that it is kept beside them:
 * where the record is lost, a cluster counts as somebody else's, and is joined instead of removed.
 */
export async function ownershipOf(name: string, who: KindOwner): Promise<Ownership> {
  // What cannot be read is nobody's.
  const mark = readRecord<Partial<Mark>>(fileOf(name));
  if (mark?.owner !== who.owner || !isSameCheckout(mark.ownerFolder, who.ownerFolder)) return "none";
  if (mark.clusterId !== undefined) return { clusterId: mark.clusterId };
  return mark.begun === undefined ? "begun" : { clusterId: mark.begun, isHalfMade: true };
}

/** A checkout whose folder is gone was moved here; one that is still there is another, with a stack of its own. */
function isSameCheckout(recorded: string | undefined, folder: string): boolean {
  return recorded !== undefined && (recorded === folder || !existsSync(recorded));
}

/** Records that this owner begins a cluster, which one it is, or that it has made it. */
export async function recordOwner(name: string, who: KindOwner, cluster: Omit<Mark, keyof KindOwner> = {}): Promise<void> {
  const { owner, ownerFolder } = who;
  await keep(fileOf(name), JSON.stringify({ owner, ownerFolder, ...cluster } satisfies Mark));
}

/** Forgets a cluster that this owner made, or without an id one that it began; what others made since stays theirs. */
export async function forgetOwner(name: string, who: KindOwner, clusterId?: string): Promise<void> {
  const ours = await ownershipOf(name, who);
  const recorded = typeof ours === "string" || ours.isHalfMade ? undefined : ours.clusterId;
  if (ours !== "none" && recorded === clusterId) await rm(fileOf(name), { force: true });
}

/** Where a stack keeps its kind cluster's kubeconfig: kind may not be on PATH, and a cluster may have several stacks. */
export function kindKubeconfig(name: string, { owner, ownerFolder }: KindOwner): string {
  const whose = createHash("sha256")
    .update(JSON.stringify([owner, ownerFolder]))
    .digest("hex")
    .slice(0, 8);
  return join(stateDir(), "kind", `${name}-${whose}.kubeconfig`);
}

/** Keeps the kubeconfig; undefined: the stack has no such cluster any more. */
export async function keepKubeconfig(name: string, who: KindOwner, kubeconfig: string | undefined): Promise<void> {
  const file = kindKubeconfig(name, who);
  if (kubeconfig === undefined) await rm(file, { force: true });
  else await keep(file, kubeconfig);
}

/** The folder of all that is kept, which is for this user only. */
export async function recordsFolder(): Promise<string> {
  const folder = dirname(fileOf(""));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

async function keep(file: string, content: string): Promise<void> {
  await recordsFolder();
  await writeWhole(file, content, { mode: 0o600 });
}

function fileOf(name: string): string {
  return join(stateDir(), "kind", `${name}.json`);
}
