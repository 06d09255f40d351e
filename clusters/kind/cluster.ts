import { join } from "node:path";
import { run } from "../../lib/command";
import { temporaryFolder } from "../../lib/files";
import type { Progress } from "../../lib/progress";
import { findKind, type Kind } from "./command";
import { explainDocker, explainKind } from "./explain";
import { controlPlane, type KindAddresses, kindNodes, type KindNode, publishedPorts } from "./nodes";
import { forgetOwner, keepKubeconfig, type KindOwner, recordOwner } from "./owner";
import { untilReady } from "./ready";

/** Which cluster is wanted, and for whom. */
export interface KindRequest extends KindOwner {
  readonly name: string;
  /** True: it is there already and somebody else's; it is never made and never removed. */
  readonly joined: boolean;
  /** Image of the node that is made. Default: the one that belongs to kind's pinned release. */
  readonly nodeImage?: string;
}

/** A kind cluster that runs. */
export interface RunningKind extends KindAddresses {
  /** Another for every cluster that is made. */
  readonly clusterId: string;
  /** Content of an administrator's kubeconfig: a secret. */
  readonly kubeconfig: string;
}

/** Starts the stopped nodes of a cluster, and keeps its kubeconfig, read again, where the checkout looks for it. */
export async function ensureKind(request: KindRequest, progress: Progress, signal?: AbortSignal): Promise<RunningKind> {
  const running = await runningKind(request.name, progress, signal);
  await keepKubeconfig(request.name, request, running.kubeconfig);
  // The checkout may have been moved since.
  if (!request.joined) await recordOwner(request.name, request, { clusterId: running.clusterId });
  return running;
}

/** The same without recording anything. */
export async function runningKind(name: string, progress: Progress, signal?: AbortSignal): Promise<RunningKind> {
  const kind = await findKind(progress, signal);
  const nodes = await kindNodes(name, signal);
  if (nodes.length === 0) throw new Error(`cluster: the kind cluster ${name} is gone.\n  → run again to make another`);
  const stopped = nodes.filter((it) => !it.running).map((it) => it.name);
  if (stopped.length > 0) {
    await progress.step(`starting the kind cluster ${name} again`, async () => {
      await run("docker", ["start", ...stopped], { signal }).catch((error: unknown) => {
        signal?.throwIfAborted();
        throw explainDocker(error);
      });
      await untilReady(await kindNodes(name, signal), signal);
    });
  }
  return describe(kind, name, nodes, signal).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw explainKind(`the kind cluster ${name} gives no kubeconfig`, error);
  });
}

/** Removes a cluster that a stack made; one that was joined, or that took its name since, is left alone. */
export async function removeKind(
  made: KindRequest & { readonly clusterId?: string },
  progress: Progress,
  signal?: AbortSignal,
): Promise<void> {
  if (made.joined) return keepKubeconfig(made.name, made, undefined);
  const found = controlPlane(await kindNodes(made.name));
  if (found !== undefined && found.id === made.clusterId) {
    const kind = await findKind(progress, signal);
    await removeCluster(kind, made.name);
  }
  await forgetOwner(made.name, made, made.clusterId);
  await keepKubeconfig(made.name, made, undefined);
}

/** Whether a cluster is there, and whether all of its nodes run. */
export async function kindStatus(name: string) {
  const nodes = await kindNodes(name);
  return {
    exists: nodes.length > 0,
    running: nodes.length > 0 && nodes.every((it) => it.running),
    clusterId: controlPlane(nodes)?.id,
  };
}

/** Removes the cluster that has a name, whoever made it. */
export async function removeCluster(kind: Kind, name: string): Promise<void> {
  await changeCluster(kind, name, ["delete"]).catch((error: unknown) => {
    throw explainKind(`kind could not remove the cluster ${name}`, error);
  });
}

/** kind adds contexts to the user's kubeconfig and removes them; it gets a file of its own to do that in. */
export async function changeCluster(
  kind: Kind,
  name: string,
  args: readonly string[],
  options?: Parameters<Kind>[1],
): Promise<void> {
  await using folder = await temporaryFolder("plano-affinity-kind-");
  const [verb = "", ...more] = args;
  await kind([verb, "cluster", "--name", name, ...more, "--kubeconfig", join(folder.path, "kubeconfig")], options);
}

/** What a cluster that runs gives to a stack. */
export async function describe(kind: Kind, name: string, nodes: readonly KindNode[], signal?: AbortSignal): Promise<RunningKind> {
  const kubeconfig = await kind(["get", "kubeconfig", "--name", name], { signal });
  return { clusterId: controlPlane(nodes)?.id ?? "", kubeconfig, ...publishedPorts(nodes) };
}
