import { existsSync } from "node:fs";
import { sandboxFolder } from "../sandbox/lifecycle/registry";
import { nodePaths, readSpec } from "../sandbox/node/spec";
import type { ClusterKind } from "../settings/cluster-kind";
import { controlPlane, kindNodes } from "./kind/nodes";
import { kindKubeconfig, type KindOwner, ownershipOf } from "./kind/owner";
import { ownsSandbox } from "./own-kubeconfig";

/**
 * The kind of the cluster that a stack has already made or joined on this machine; undefined where it has none.
 *
 * A program cannot read its stack's state, but what a stack makes is recorded beside it.
 */
export async function ownCluster(name: string, who: KindOwner): Promise<Exclude<ClusterKind, "existing"> | undefined> {
  if (existsSync(kindKubeconfig(name, who)) || (await ownershipOf(name, who)) !== "none") return "kind";
  return ownsSandbox(name, who) ? "sandbox" : undefined;
}

/** What a cluster on this machine is known by, running or not; undefined: there is none, or it cannot be asked. */
export async function idOfCluster(kind: Exclude<ClusterKind, "existing">, name: string): Promise<string | undefined> {
  if (kind === "kind") return controlPlane(await kindNodes(name).catch(() => []))?.id;
  const folder = sandboxFolder(name);
  return existsSync(nodePaths(folder).kubeconfig) ? (await readSpec(folder)).id : undefined;
}
