import * as pulumi from "@pulumi/pulumi";
import { controlPlane, kindNodes } from "./nodes";
import { ownershipOf, type KindOwner } from "./owner";
import { kindPorts, publishedPorts } from "./ports";

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
  // It was killed, or the machine went down. Whether what is there is what it began, nobody can tell: the user decides.
  if (ours === "begun") {
    throw new pulumi.RunError(
      `clusterName: the kind cluster ${name} was begun by an earlier run of this stack that did not end well.\n` +
        `  → kind delete cluster --name ${name}, and run again; or, if it is yours, pulumi config set clusterName …`,
    );
  }
  if (ours !== "none" && ours.clusterId === controlPlane(nodes)?.id) return false;
  tell(`cluster: the kind cluster ${name} exists already: it is joined, and stays when the stack goes`);
  if (publishedPorts(nodes).nodeAddress === undefined) {
    const { node } = kindPorts.gateway;
    tell(
      `cluster: ${name} does not publish the NodePort ${node} on this machine; reach the gateway by ` +
        `kubectl --context kind-${name} --namespace … port-forward service/plano ${node}:12000`,
    );
  }
  return true;
}

/** The stack that runs, as the owner of what it makes. */
export function thisStack(): KindOwner {
  return { owner: `${pulumi.getProject()}/${pulumi.getStack()}`, ownerFolder: process.cwd() };
}
