import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { sandboxFolder } from "../sandbox/lifecycle/registry";
import { nodePaths, readSpec } from "../sandbox/node/spec";
import type { ClusterKind } from "../settings/cluster-kind";
import { kindKubeconfig, type KindOwner } from "./kind/owner";
import { projectName } from "./project-name";

/** A stack of a checkout. */
export interface CheckoutStack {
  readonly folder: string;
  /** The stack's name: `dev`. */
  readonly stack: string;
}

/** Whom the clusters of a stack belong to. */
export function ownerOf({ folder, stack }: CheckoutStack): KindOwner {
  return { owner: `${projectName(folder)}/${stack}`, ownerFolder: folder };
}

interface StackFile {
  readonly config?: Readonly<Record<string, string | number | undefined>>;
}

/** What a stack's file says of its cluster; the program checks it. */
export function configuredCluster({ folder, stack }: CheckoutStack): {
  readonly cluster: ClusterKind | "auto";
  readonly clusterName: string;
} {
  const file = join(folder, `Pulumi.${stack}.yaml`);
  const settings = existsSync(file) ? (parse(readFileSync(file, "utf8")) as StackFile | null) : null;
  // As in Pulumi itself: a key without a namespace is the project's own.
  const of = (key: string): string | number | undefined =>
    settings?.config?.[`${projectName(folder)}:${key}`] ?? settings?.config?.[key];
  return {
    cluster: (of("cluster") ?? "auto") as ClusterKind | "auto",
    clusterName: String(of("clusterName") ?? "plano-demo"),
  };
}

/**
 * The kubeconfig of the cluster that a stack has made or joined on this machine. What disturbs a deployment must not go
 * to whatever cluster is current for kubectl.
 *
 * @returns undefined where the stack has no such cluster, or is on one of the user's own contexts.
 */
function ownKubeconfig(checkout: CheckoutStack): { readonly file: string; readonly whose: string } | undefined {
  const { cluster, clusterName } = configuredCluster(checkout);
  if (cluster === "existing") return undefined;
  const { stack } = checkout;
  const who = ownerOf(checkout);
  const inDocker = kindKubeconfig(clusterName, who);
  if (cluster !== "sandbox" && existsSync(inDocker))
    return { file: inDocker, whose: `the kind cluster ${clusterName} of the stack ${stack}` };
  const { kubeconfig } = nodePaths(sandboxFolder(clusterName));
  if (cluster === "kind" || !ownsSandbox(clusterName, who) || !existsSync(kubeconfig)) return undefined;
  return { file: kubeconfig, whose: `the sandbox ${clusterName} of the stack ${stack}` };
}

/** Whether a stack has made the sandbox of that name, running or not. */
export function ownsSandbox(name: string, who: KindOwner): boolean {
  const folder = sandboxFolder(name);
  if (!existsSync(nodePaths(folder).spec)) return false;
  const { owner, ownerFolder } = readSpec(folder);
  return owner === who.owner && ownerFolder === who.ownerFolder;
}

/** Options with which a command names the cluster by itself, or needs none. */
const ownChoice = /^--(context|replica|url|help)(=|$)|^-h$/;

/**
 * The kubeconfig that a command of the checkout uses where its user named no cluster: that of the checkout's own stack,
 * else kubectl's.
 *
 * @returns the file, or undefined for kubectl's; and in words which cluster that is, or undefined where the user knows
 */
export function chosenKubeconfig(
  checkout: CheckoutStack,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): { readonly file?: string; readonly whose?: string } {
  if ((env.KUBECONFIG ?? "") !== "" || args.some((it) => ownChoice.test(it))) return {};
  const own = ownKubeconfig(checkout);
  if (own !== undefined) return own;
  if (existsSync(join(env.HOME ?? homedir(), ".kube", "config")))
    return { whose: "the current context of ~/.kube/config, for the stack has no cluster of its own here" };
  return {};
}
