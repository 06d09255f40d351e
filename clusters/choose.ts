import { existsSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { dockerServer } from "../images/docker";
import { sandboxFolder } from "../sandbox/lifecycle/registry";
import { nodePaths, readSpec } from "../sandbox/node/spec";
import type { ClusterKind } from "../settings/cluster-kind";
import { controlPlane, kindNodes } from "./kind/nodes";
import { kindKubeconfig, type KindOwner, ownershipOf } from "./kind/owner";
import { ownsSandbox } from "./own-kubeconfig";

/** What decides where a stack can run. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly root: boolean;
  /** Whether a Docker daemon answers, and why not. */
  readonly docker: typeof dockerServer;
  /** The kind of cluster that the stack has already. */
  readonly own: () => Promise<ClusterKind | undefined>;
}

/** This machine, as a stack sees it that makes clusters of that name. */
export function thisMachine(clusterName: string, who: KindOwner): Machine {
  return {
    platform: process.platform,
    root: process.getuid?.() === 0,
    docker: dockerServer,
    own: () => ownCluster(clusterName, who),
  };
}

/**
 * Settles the kind of cluster. `auto` stays with the one that the stack has; else it is kind where Docker answers, else
 * the sandbox on Linux as root.
 *
 * @param tell is told what `auto` chose, and why.
 * @throws pulumi.RunError with what to do, where the machine cannot run such a cluster.
 */
export async function chooseCluster(
  wanted: ClusterKind | "auto",
  machine: Machine,
  tell: (text: string) => void = () => undefined,
): Promise<ClusterKind> {
  const own = wanted === "auto" ? await machine.own() : undefined;
  if (own !== undefined) tell(`cluster: auto stays with ${own}, which this stack has`);
  const settled = own ?? wanted;
  if (settled === "existing") return settled;

  const reasons: string[] = [];
  if (settled !== "sandbox") {
    const docker = await machine.docker();
    if (docker.answers) {
      if (settled === "auto") tell(`cluster: auto chose kind, because Docker ${docker.version} answers`);
      return "kind";
    }
    reasons.push(`kind needs Docker: ${docker.reason}`);
  }
  if (settled !== "kind") {
    const { platform, root } = machine;
    if (platform === "linux" && root) {
      if (settled === "auto") tell(`cluster: auto chose the sandbox, because ${reasons.join()}`);
      return "sandbox";
    }
    reasons.push(
      `the sandbox needs Linux and root, and ${platform === "linux" ? "this user is not root" : `this is ${platform}`}`,
    );
  }
  if (own !== undefined) reasons.push("this stack's cluster is in it");
  throw new pulumi.RunError(`cluster: ${reasons.join("; ")}. Do one of these:\n${waysOut}`);
}

const waysOut = `  → start or install Docker (https://docs.docker.com/get-docker/), for a kind cluster
  → run as root on Linux (a virtual machine will do), for the sandbox
  → pulumi config set cluster existing, to use the cluster of your kubeconfig; or auto, to use what there is`;

/** The kind of cluster that a stack has on this machine, by its records: a program cannot read its stack's state. */
async function ownCluster(name: string, who: KindOwner): Promise<Exclude<ClusterKind, "existing"> | undefined> {
  if (existsSync(kindKubeconfig(name, who)) || (await ownershipOf(name, who)) !== "none") return "kind";
  return ownsSandbox(name, who) ? "sandbox" : undefined;
}

/** What a cluster on this machine is known by, running or not; undefined: there is none, or it cannot be asked. */
export async function idOfCluster(kind: Exclude<ClusterKind, "existing">, name: string): Promise<string | undefined> {
  if (kind === "kind") return controlPlane(await kindNodes(name).catch(() => []))?.id;
  const folder = sandboxFolder(name);
  return existsSync(nodePaths(folder).kubeconfig) ? readSpec(folder).id : undefined;
}
