import { run } from "../../lib/command";
import type { Progress } from "../../lib/progress";
import { controlPlane, kindNodes, type KindNode } from "./nodes";

/** An image in a node: one for each of its names. */
interface NodeImage {
  readonly name: string;
  readonly digest: string;
}

/** What the stack has put into the nodes of a cluster that stays. */
export interface LoadedImages {
  readonly cluster: string;
  readonly clusterId: string;
  readonly loaded?: readonly string[];
}

const inNode = (node: KindNode, command: readonly string[], signal?: AbortSignal): Promise<string> =>
  run("docker", ["exec", node.name, ...command], { signal });
const ctr = ["ctr", "--namespace=k8s.io", "images"];

/** A reference without a host as containerd keeps it. */
const fullName = (reference: string): string => `docker.io/${reference}`;

/** Whether a node of a kind cluster has an image. */
export async function nodesHave(cluster: string, reference: string, signal?: AbortSignal): Promise<boolean> {
  const nodes = (await kindNodes(cluster, signal)).filter(isNode);
  const images = await Promise.all(nodes.map((it) => imagesOf(it, signal)));
  return images.flat().some(({ name }) => name === fullName(reference));
}

/** Removes from the nodes what was loaded for a stack that goes, unless pods use it; what goes wrong is told, and no failure. */
export async function unloadKindImages({ cluster, clusterId, loaded = [] }: LoadedImages, progress: Progress): Promise<void> {
  try {
    const nodes = loaded.length === 0 ? [] : await kindNodes(cluster);
    const first = controlPlane(nodes);
    // Another has the name, and never had the images.
    if (first?.id !== clusterId) return;
    const kubectl = ["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", "--request-timeout=10s", "get", "pods,deployments"];
    const used = (await inNode(first, [...kubectl, "--all-namespaces", "--output=jsonpath={..image}"])).split(/\s+/);
    const unused = loaded.filter((it) => !used.includes(it) && !used.includes(fullName(it)));
    for (const node of nodes.filter(isNode)) {
      const names = namesToRemove(await imagesOf(node), unused.map(fullName));
      if (names.length > 0) await inNode(node, [...ctr, "rm", ...names]);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    progress.info(`${loaded.join(", ")} may still be in the nodes of the kind cluster ${cluster}: ${reason}`);
  }
}

/** The load balancer of several control planes is no node. */
const isNode = ({ role }: KindNode): boolean => role !== "external-load-balancer";

/** `REF TYPE DIGEST SIZE PLATFORMS LABELS` (containerd 1.6 to 2.1). */
async function imagesOf(node: KindNode, signal?: AbortSignal): Promise<NodeImage[]> {
  const [, ...lines] = (await inNode(node, [...ctr, "ls"], signal)).trim().split("\n");
  return lines.map((it) => it.split(/\s+/)).map(([name = "", , digest = ""]) => ({ name, digest }));
}

/**
 * The names of images that go, and with them those that the import and the kubelet's side gave to the same content: it
 * is freed with its last name. Where it has a name of somebody else's too, it stays.
 */
function namesToRemove(images: readonly NodeImage[], unwanted: readonly string[]): string[] {
  return images
    .filter(({ name }) => unwanted.includes(name))
    .flatMap(({ name, digest }) => {
      const same = images.filter((it) => it.digest === digest).map((it) => it.name);
      const isShared = same.some((it) => !unwanted.includes(it) && !/^(import-[^/@]*@)?sha256:/.test(it));
      return isShared ? [name] : same;
    });
}
