import * as pulumi from "@pulumi/pulumi";
import type { ClusterKind } from "./cluster-parts";

/** What decides where a stack can run. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly root: boolean;
}

/** This machine. */
export function thisMachine(): Machine {
  return { platform: process.platform, root: process.getuid?.() === 0 };
}

/**
 * Settles `auto`: the sandbox on Linux as root.
 *
 * @throws pulumi.RunError naming the ways out, where no cluster can be had.
 */
export function chooseCluster(wanted: ClusterKind | "auto", machine: Machine = thisMachine()): ClusterKind {
  const fitsSandbox = machine.platform === "linux" && machine.root;
  if (wanted === "existing" || (wanted === "sandbox" && fitsSandbox)) return wanted;
  if (wanted === "auto" && fitsSandbox) return "sandbox";
  if (wanted === "kind")
    throw new pulumi.RunError(
      "cluster: kind is not supported yet.\n  → pulumi config set cluster existing (with kind's context), or sandbox on Linux as root",
    );
  const why = machine.platform === "linux" ? "this user is not root" : `this is ${machine.platform}`;
  throw new pulumi.RunError(
    `cluster: the sandbox needs Linux and root, and ${why}. Two ways out:\n` +
      "  → run as root on Linux (a virtual machine will do)\n" +
      "  → pulumi config set cluster existing, to use the cluster of your kubeconfig",
  );
}
