import * as pulumi from "@pulumi/pulumi";
import * as yaml from "yaml";
import { type Kubeconfig, readKubeconfig } from "../../lib/kubernetes/kubeconfig";
import { silentProgress } from "../../lib/progress";
import { runningKind } from "./cluster";
import { kindForPeople } from "./command";
import { controlPlane, kindNodes } from "./nodes";
import { ownershipOf, type KindOwner } from "./owner";

/**
 * Whether a kind cluster of that name is there already that this stack did not make: such a one is joined, and never
 * removed. It must be known before the first resource, for what is in a cluster that stays must be removed one by one.
 *
 * @param tell is told what joining means.
 * @throws pulumi.RunError when this stack began the cluster and did not get to its end.
 */
export async function joinsKind(name: string, who: KindOwner, tell: (text: string) => void): Promise<boolean> {
  const nodes = await kindNodes(name).catch((error: unknown) => {
    throw new pulumi.RunError(error instanceof Error ? error.message : String(error));
  });
  if (nodes.length === 0) return false;
  const ours = await ownershipOf(name, who);
  // It was killed, or the machine went down. Only the user can tell whether what is there is what it began.
  if (ours === "begun") {
    throw new pulumi.RunError(
      `clusterName: the kind cluster ${name} was begun by an earlier run of this stack that did not end well.\n` +
        `  → ${await kindForPeople()} delete cluster --name ${name}, and run again; or, if it is yours, pulumi config set clusterName …`,
    );
  }
  if (ours !== "none" && ours.clusterId === controlPlane(nodes)?.id) return false;
  tell(`cluster: the kind cluster ${name} exists already: it is joined, and stays when the stack goes`);
  return true;
}

/**
 * What preflight needs of a kind cluster that is joined. A stopped one is started for that, as the update would;
 * in a preview it is left as it is, and cannot be looked at.
 *
 * @throws pulumi.RunError where it gives no kubeconfig.
 */
export async function joinedKind(name: string, tell: (text: string) => void): Promise<Kubeconfig | undefined> {
  try {
    const isStopped = (await kindNodes(name)).some((it) => !it.running);
    if (isStopped && pulumi.runtime.isDryRun()) {
      tell(`cluster: the kind cluster ${name} is stopped: pulumi up starts it, and checks it then`);
      return undefined;
    }
    const { kubeconfig } = await runningKind(name, silentProgress);
    const { server } = readKubeconfig(yaml, { content: kubeconfig });
    return { content: kubeconfig, context: `kind-${name}`, server };
  } catch (error) {
    throw new pulumi.RunError(error instanceof Error ? error.message : String(error));
  }
}

/** The stack that runs, as the owner of what it makes. */
export function thisStack(): KindOwner {
  return { owner: `${pulumi.getProject()}/${pulumi.getStack()}`, ownerFolder: process.cwd() };
}
