import { join } from "node:path";
import { run } from "../../lib/command";
import { temporaryFolder } from "../../lib/files";
import type { Progress } from "../../lib/progress";
import { waitFor } from "../../lib/wait";
import { findKind, type Kind, kindForPeople } from "./command";
import { kindConfig, nodeImage, requireFreePorts } from "./config";
import { explainDocker, explainKind, isNameTaken } from "./explain";
import { controlPlane, type KindAddresses, kindNodes, type KindNode, publishedPorts } from "./nodes";
import { forgetOwner, keepKubeconfig, type KindOwner, ownershipOf, recordOwner } from "./owner";

/** Which cluster is wanted, and for whom. */
export interface KindRequest extends KindOwner {
  readonly name: string;
  /** True: it is there already and somebody else's; it is never made and never removed. */
  readonly joined: boolean;
  /** Image of the node that is made. Default: {@link nodeImage}. */
  readonly nodeImage?: string;
}

/** A kind cluster that runs. */
export interface RunningKind extends KindAddresses {
  /** Another for every cluster that is made. */
  readonly clusterId: string;
  /** Content of an administrator's kubeconfig: a secret. */
  readonly kubeconfig: string;
}

/** How long kind itself waits for the node, in seconds; it goes on without a word when that is over. */
const kindWaitSeconds = 180;
/** How long we wait after that, and after nodes were started again, in milliseconds. */
const readyLimitMs = 120_000;

/**
 * Makes a cluster, or joins the one that is there. When it fails or is interrupted, nothing is left of one that was begun;
 * where it cannot be removed either, it stays recorded as begun, so that it is not taken for somebody else's.
 *
 * @throws Error with the cause, the remedy and kind's last lines.
 */
export async function createKind(request: KindRequest, progress: Progress, signal?: AbortSignal): Promise<RunningKind> {
  const { name } = request;
  if (request.joined) return ensureKind(request, progress, signal);
  const there = await kindNodes(name, signal);
  const kind = await findKind(progress, signal);
  if (there.length > 0) {
    const ours = await ownershipOf(name, request);
    if (typeof ours === "string" || ours.clusterId !== controlPlane(there)?.id) throw appeared(name);
    // What is in it is the user's to give up.
    throw new Error(
      `clusterName: the kind cluster ${name} was made by this stack, whose state is lost (.pulumi, or another backend).\n` +
        `  → ${await kindForPeople()} delete cluster --name ${name}, and run again; or bring the state back`,
    );
  }
  await requireFreePorts();
  return progress.step(`kind cluster ${name}`, async () => {
    await recordOwner(name, request);
    try {
      const config = ["--config", "-", "--image", request.nodeImage ?? nodeImage, "--wait", `${kindWaitSeconds}s`];
      await changeCluster(kind, name, ["create", ...config], { input: kindConfig(), signal });
      const nodes = await kindNodes(name, signal);
      await ready(nodes, signal);
      const made = await describe(kind, name, nodes, signal);
      await keepKubeconfig(name, request, made.kubeconfig);
      await recordOwner(name, request, made.clusterId);
      return made;
    } catch (error) {
      await keepKubeconfig(name, request, undefined);
      const isGone = isNameTaken(error) || (await cleanUp(kind, name, progress));
      if (isGone) await forgetOwner(name, request);
      if (isNameTaken(error)) throw appeared(name);
      signal?.throwIfAborted();
      throw explainKind(`kind could not make the cluster ${name}`, error);
    }
  });
}

/**
 * Starts the stopped nodes of a cluster, as after a restart of Docker or of the machine, reads its kubeconfig again, and
 * keeps it where the checkout looks for it.
 */
export async function ensureKind(request: KindRequest, progress: Progress, signal?: AbortSignal): Promise<RunningKind> {
  const running = await runningKind(request.name, progress, signal);
  await keepKubeconfig(request.name, request, running.kubeconfig);
  // The checkout may have been moved since.
  if (!request.joined) await recordOwner(request.name, request, running.clusterId);
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
      await ready(nodes, signal);
    });
  }
  return describe(kind, name, nodes, signal).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw explainKind(`the kind cluster ${name} gives no kubeconfig`, error);
  });
}

/** Removes a cluster that a stack made; one that was joined, or that took its name since, is left alone. */
export async function removeKind(made: KindRequest & { readonly clusterId?: string }, progress: Progress): Promise<void> {
  if (made.joined) return keepKubeconfig(made.name, made, undefined);
  const found = controlPlane(await kindNodes(made.name));
  if (found !== undefined && found.id === made.clusterId) {
    const kind = await findKind(progress);
    await changeCluster(kind, made.name, ["delete"]).catch((error: unknown) => {
      throw explainKind(`kind could not remove the cluster ${made.name}`, error);
    });
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

/** kind adds contexts to the user's kubeconfig and removes them; it gets a file of its own to do that in. */
async function changeCluster(kind: Kind, name: string, args: readonly string[], options?: Parameters<Kind>[1]): Promise<void> {
  await using folder = await temporaryFolder("plano-affinity-kind-");
  const [verb = "", ...more] = args;
  await kind([verb, "cluster", "--name", name, ...more, "--kubeconfig", join(folder.path, "kubeconfig")], options);
}

/** Waits until the API server answers and says that every node is ready. */
async function ready(nodes: readonly KindNode[], signal?: AbortSignal): Promise<void> {
  const node = controlPlane(nodes);
  if (node === undefined) throw new Error("cluster: kind made no control-plane node.\n  → kind get nodes shows what there is");
  const kubectl = ["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf"];
  const wait = ["wait", "--for=condition=Ready", "nodes", "--all", "--timeout=5s"];
  await waitFor({ subject: `node ${node.name}`, limitMs: readyLimitMs, intervalMs: 500, signal }, async () => {
    await run("docker", ["exec", node.name, ...kubectl, ...wait], { signal });
    return true;
  });
}

async function describe(kind: Kind, name: string, nodes: readonly KindNode[], signal?: AbortSignal): Promise<RunningKind> {
  const kubeconfig = await kind(["get", "kubeconfig", "--name", name], { signal });
  return { clusterId: controlPlane(nodes)?.id ?? "", kubeconfig, ...publishedPorts(nodes) };
}

function appeared(name: string): Error {
  return new Error(
    `cluster: a kind cluster ${name} that this stack did not make has just come up.\n` +
      "  → run again to join it, or choose another name: pulumi config set clusterName …",
  );
}

/** @returns whether nothing is left of what was begun */
async function cleanUp(kind: Kind, name: string, progress: Progress): Promise<boolean> {
  try {
    await changeCluster(kind, name, ["delete"]);
    return true;
  } catch (error) {
    progress.info(`cleaning up failed as well: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}
