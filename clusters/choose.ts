import { existsSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { dockerServer } from "../images/docker";
import { sandboxFolder } from "../sandbox/lifecycle/registry";
import { nodePaths, readSpec } from "../sandbox/node/spec";
import type { ClusterKind } from "../settings/cluster-kind";
import { onLines } from "./kind/explain";
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
  if (settled === "sandbox") return requireSandbox(machine);

  const docker = await machine.docker();
  if (docker.answers) {
    if (settled === "auto") tell(`cluster: auto chose kind, for Docker ${docker.version} answers`);
    return "kind";
  }
  if (settled === "kind") {
    const fallback = own === undefined ? ", or pulumi config set cluster auto" : "; this stack's cluster is in it";
    throw new pulumi.RunError(`cluster: kind needs Docker: ${onLines(docker.reason)}${fallback}`);
  }
  const noSandbox = whyNoSandbox(machine);
  if (noSandbox === undefined) {
    tell(`cluster: auto chose the sandbox, for Docker cannot be used: ${docker.reason}`);
    return "sandbox";
  }
  const noDocker = docker.reason.replace(/\.? → .*$/s, "");
  throw new pulumi.RunError(
    `cluster: kind needs Docker, and the sandbox needs Linux and root: ${noDocker}, and ${noSandbox}. Do one of these:\n` +
      "  → start or install Docker (https://docs.docker.com/get-docker/), and a kind cluster is made\n" +
      `${useRoot}\n${useExisting}`,
  );
}

const useRoot = "  → run as root on Linux (a virtual machine will do), and the sandbox is used";
const useExisting = "  → pulumi config set cluster existing, to use the cluster of your kubeconfig";

function requireSandbox(machine: Machine): "sandbox" {
  const why = whyNoSandbox(machine);
  if (why === undefined) return "sandbox";
  throw new pulumi.RunError(
    `cluster: the sandbox needs Linux and root, and ${why}. Do one of these:\n` +
      `${useRoot}\n  → pulumi config set cluster kind, where Docker runs\n${useExisting}`,
  );
}

/** Undefined where the sandbox runs. */
function whyNoSandbox({ platform, root }: Machine): string | undefined {
  if (platform !== "linux") return `this is ${platform}`;
  return root ? undefined : "this user is not root";
}

/**
 * The kind of the cluster that a stack has already made or joined on this machine; undefined where it has none.
 *
 * A program cannot read its stack's state, but what a stack makes is recorded beside it.
 */
async function ownCluster(name: string, who: KindOwner): Promise<Exclude<ClusterKind, "existing"> | undefined> {
  if (existsSync(kindKubeconfig(name, who)) || (await ownershipOf(name, who)) !== "none") return "kind";
  return ownsSandbox(name, who) ? "sandbox" : undefined;
}

/** What a cluster on this machine is known by, running or not; undefined: there is none, or it cannot be asked. */
export async function idOfCluster(kind: Exclude<ClusterKind, "existing">, name: string): Promise<string | undefined> {
  if (kind === "kind") return controlPlane(await kindNodes(name).catch(() => []))?.id;
  const folder = sandboxFolder(name);
  return existsSync(nodePaths(folder).kubeconfig) ? (await readSpec(folder)).id : undefined;
}
