import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stateDir } from "../../sandbox/common/paths";

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
  const text = await readFile(fileOf(name), "utf8").catch(() => undefined);
  if (text === undefined) return "none";
  const mark = readMark(text);
  if (mark?.owner !== who.owner || mark.ownerFolder !== who.ownerFolder) return "none";
  return mark.clusterId === undefined ? "begun" : { clusterId: mark.clusterId };
}

/** Records that this owner begins a cluster, or with an id that it has made it. */
export async function recordOwner(name: string, who: KindOwner, clusterId?: string): Promise<void> {
  const file = fileOf(name);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const mark: Mark = { owner: who.owner, ownerFolder: who.ownerFolder, clusterId };
  await writeFile(`${file}.new`, JSON.stringify(mark), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** Forgets who made a cluster that is gone. */
export async function forgetOwner(name: string): Promise<void> {
  await rm(fileOf(name), { force: true });
}

function fileOf(name: string): string {
  return join(stateDir(), "kind", `${name}.json`);
}

function readMark(text: string): Partial<Mark> | undefined {
  try {
    return (JSON.parse(text) as Partial<Mark> | null) ?? undefined;
  } catch {
    return undefined;
  }
}
