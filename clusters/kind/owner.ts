import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeWhole } from "../../lib/files";
import { stateDir } from "../../lib/paths";

/** Who makes a cluster. */
export interface KindOwner {
  /** Such as `project/stack`. */
  readonly owner: string;
  /** The owner's checkout. */
  readonly ownerFolder: string;
}

/** That a stack has begun a cluster, and which one it became. */
interface Mark extends KindOwner {
  /** Undefined while the cluster is being made. */
  readonly clusterId?: string;
}

/**
 * - `none`: this owner has begun no cluster of that name.
 * - `begun`: it began one and did not get to its end.
 * - otherwise the id of the cluster that it made.
 */
export type Ownership = "none" | "begun" | { readonly clusterId: string };

/**
 * What this owner has made under a name. kind has no room for an owner in its clusters, so that it is kept beside them:
 * where the record is lost, a cluster counts as somebody else's, and is joined instead of removed.
 */
export async function ownershipOf(name: string, who: KindOwner): Promise<Ownership> {
  // What cannot be read is nobody's.
  const read = async (): Promise<Partial<Mark> | null> =>
    JSON.parse(await readFile(fileOf(name), "utf8")) as Partial<Mark> | null;
  const mark = await read().catch(() => null);
  if (mark?.owner !== who.owner || !isSameCheckout(mark.ownerFolder, who.ownerFolder)) return "none";
  return mark.clusterId === undefined ? "begun" : { clusterId: mark.clusterId };
}

/** A checkout whose folder is gone was moved here; one that is still there is another, with a stack of its own. */
function isSameCheckout(recorded: string | undefined, folder: string): boolean {
  return recorded !== undefined && (recorded === folder || !existsSync(recorded));
}

/** Records that this owner begins a cluster, or with an id that it has made it. */
export async function recordOwner(name: string, who: KindOwner, clusterId?: string): Promise<void> {
  const mark: Mark = { owner: who.owner, ownerFolder: who.ownerFolder, clusterId };
  await keep(fileOf(name), JSON.stringify(mark));
}

/**
 * Forgets that this owner made a cluster that is gone, or without an id that it began one. What others made since under
 * the name stays theirs.
 */
export async function forgetOwner(name: string, who: KindOwner, clusterId?: string): Promise<void> {
  const ours = await ownershipOf(name, who);
  const recorded = typeof ours === "string" ? undefined : ours.clusterId;
  if (ours !== "none" && recorded === clusterId) await rm(fileOf(name), { force: true });
}

/**
 * Where a stack keeps the kubeconfig of the kind cluster that it made or joined, for people and for `npm run verify`:
 * kind itself may not be on PATH. A cluster may have several stacks.
 */
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

async function keep(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeWhole(file, content, { mode: 0o600 });
}

function fileOf(name: string): string {
  return join(stateDir(), "kind", `${name}.json`);
}
