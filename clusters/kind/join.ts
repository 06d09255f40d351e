import * as pulumi from "@pulumi/pulumi";
import * as yaml from "yaml";
import { type Kubeconfig, readKubeconfig } from "../../lib/kubernetes/kubeconfig";
import { silentProgress } from "../../lib/progress";
import { runningKind } from "./cluster";
import { kindForPeople } from "./command";
import { controlPlane, kindNodes, type KindNode } from "./nodes";
import { ownershipOf, type KindOwner } from "./owner";
import { untilReady } from "./ready";

/**
 * Whether a kind cluster of that name is there already that this stack did not make: such a one is joined, and never
 * removed. It must be known before the first resource, for what is in a cluster that stays must be removed one by one.
 * An update starts a cluster that is stopped, joined or not.
 *
 * @param tell is told what joining means, and of the start.
 * @throws pulumi.RunError when this stack began the cluster and did not get to its end.
 */
export async function joinsKind(name: string, who: KindOwner, tell: (text: string) => void): Promise<boolean> {
  const nodes = await orRunError(kindNodes(name));
  if (nodes.length === 0) return false;
  const ours = await ownershipOf(name, who);
  // It was killed before there was a container. Only the user can tell whether what is there is what it began.
  if (ours === "begun") {
    throw new pulumi.RunError(
      `clusterName: the kind cluster ${name} was begun by an earlier run of this stack that did not end well.\n` +
        `  → ${await kindForPeople()} delete cluster --name ${name}, and run again; or, if it is yours, pulumi config set clusterName …`,
    );
  }
  const joined = ours === "none" || ours.clusterId !== controlPlane(nodes)?.id;
  // It is removed before another is made in its place.
  if (!joined && ours.isHalfMade) return false;
  if (joined) tell(`cluster: the kind cluster ${name} exists already: it is joined, and stays when the stack goes`);
  if (nodes.some((it) => !it.running)) await start(name, tell);
  // Docker starts nodes by itself when it starts.
  else if (!pulumi.runtime.isDryRun() && nodes.some(isYoung)) await orRunError(untilReady(nodes));
  return joined;
}

const isYoung = ({ startedAt }: KindNode): boolean => Date.now() - Date.parse(startedAt) < 5 * 60_000;

/** Starts a stopped cluster, but in no preview. Its resource cannot: all in the cluster would seem to change with it. */
async function start(name: string, tell: (text: string) => void): Promise<void> {
  if (pulumi.runtime.isDryRun()) return tell(`cluster: the kind cluster ${name} is stopped: pulumi up starts it`);
  tell(`cluster: starting the kind cluster ${name} again`);
  await orRunError(runningKind(name, silentProgress));
}

/**
 * What preflight needs of a kind cluster that is joined; undefined in the preview of one that is stopped.
 * @throws pulumi.RunError where it gives no kubeconfig
 */
export async function joinedKind(name: string): Promise<Kubeconfig | undefined> {
  const isStopped = (await orRunError(kindNodes(name))).some((it) => !it.running);
  if (isStopped && pulumi.runtime.isDryRun()) return undefined;
  const { kubeconfig } = await orRunError(runningKind(name, silentProgress));
  const { server } = readKubeconfig(yaml, { content: kubeconfig });
  return { content: kubeconfig, context: `kind-${name}`, server };
}

async function orRunError<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw new pulumi.RunError(error instanceof Error ? error.message : String(error));
  });
}

/** The stack that runs, as the owner of what it makes. */
export function thisStack(): KindOwner {
  return { owner: `${pulumi.getProject()}/${pulumi.getStack()}`, ownerFolder: process.cwd() };
}
