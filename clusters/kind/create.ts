import { join } from "node:path";
import { run } from "../../lib/command";
import { underLock } from "../../lib/lock";
import type { Progress } from "../../lib/progress";
import { waitFor } from "../../lib/wait";
import { changeCluster, describe, ensureKind, type KindRequest, removeCluster, type RunningKind } from "./cluster";
import { findKind, type Kind, kindForPeople } from "./command";
import { kindConfig, kindPorts, nodeImage, requireFreePorts } from "./config";
import { explainKind, isNameTaken } from "./explain";
import { controlPlane, kindNodes, type KindNode, publishedPorts } from "./nodes";
import { forgetOwner, keepKubeconfig, type KindOwner, ownershipOf, recordOwner, recordsFolder } from "./owner";
import { untilReady } from "./ready";

/** How long kind itself waits for the node, in seconds; it goes on without a word when that is over. */
const kindWaitSeconds = 180;

/**
 * Makes a cluster, or joins the one that is there. When it fails or is interrupted, nothing is left of one that was begun;
 * where it cannot be removed either, or this process is killed, it stays recorded as begun: the next run removes it.
 *
 * @throws Error with the cause, the remedy and kind's last lines.
 */
export async function createKind(request: KindRequest, progress: Progress, signal?: AbortSignal): Promise<RunningKind> {
  const { name, joined } = request;
  if (joined) return ensureKind(request, progress, signal);
  const kind = await findKind(progress, signal);
  // A run that is being ended may still remove what it began.
  const records = await recordsFolder();
  return progress.step(`kind cluster ${name}`, (detail) =>
    underLock(join(records, name), detail, (held) => make(kind, request, progress, held), signal),
  );
}

async function make(kind: Kind, request: KindRequest, progress: Progress, signal: AbortSignal): Promise<RunningKind> {
  const { name } = request;
  const there = await kindNodes(name, signal);
  if (there.length > 0 && !(await removeHalfMade(kind, name, request, there))) {
    const ours = await ownershipOf(name, request);
    if (typeof ours === "string" || ours.clusterId !== controlPlane(there)?.id) throw appeared(name);
    // What is in it is the user's to give up.
    throw new Error(
      `clusterName: the kind cluster ${name} was made by this stack, whose state is lost (.pulumi, or another backend).\n` +
        `  → ${await kindForPeople()} delete cluster --name ${name}, and run again; or bring the state back`,
    );
  }
  await requireFreePorts();
  await recordOwner(name, request);
  try {
    const config = ["--config", "-", "--image", request.nodeImage ?? nodeImage, "--wait", `${kindWaitSeconds}s`];
    const input = kindConfig((await run("docker", ["info", "--format", "{{.CgroupVersion}}"], { signal })).trim());
    await whileRecorded(request, () => changeCluster(kind, name, ["create", ...config], { input, signal }));
    const nodes = await kindNodes(name, signal);
    await untilReady(nodes, signal);
    const made = await describe(kind, name, nodes, signal);
    await keepKubeconfig(name, request, made.kubeconfig);
    signal.throwIfAborted();
    await recordOwner(name, request, { clusterId: made.clusterId });
    return made;
  } catch (error) {
    await keepKubeconfig(name, request, undefined);
    const isGone = isNameTaken(error) || (await cleanUp(kind, name, progress));
    if (isGone) await forgetOwner(name, request);
    if (isNameTaken(error)) throw appeared(name);
    signal.throwIfAborted();
    throw explainKind(`kind could not make the cluster ${name}`, error);
  }
}

/** Records which container it is that `work` makes as soon as it is there: it is then known for ours, whatever happens. */
async function whileRecorded(request: KindRequest, work: () => Promise<void>): Promise<void> {
  const ended = new AbortController();
  const wait = { subject: "the container", limitMs: 600_000, intervalMs: 200, signal: ended.signal };
  const recording = waitFor(wait, async (signal) => {
    const nodes = await kindNodes(request.name, signal);
    // Whoever takes the name in this moment publishes other ports.
    const isOurs = publishedPorts(nodes).jaegerPort === kindPorts.jaegerUi.host;
    return isOurs ? controlPlane(nodes)?.id : undefined;
  })
    .then((begun) => recordOwner(request.name, request, { begun }))
    .catch(() => undefined);
  try {
    await work();
  } finally {
    ended.abort();
    await recording;
  }
}

/** Removes what an earlier run began and did not finish. @returns whether that is what is there */
async function removeHalfMade(kind: Kind, name: string, who: KindOwner, there: readonly KindNode[]): Promise<boolean> {
  const ours = await ownershipOf(name, who);
  if (typeof ours === "string" || !ours.isHalfMade || ours.clusterId !== controlPlane(there)?.id) return false;
  await removeCluster(kind, name);
  return true;
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
