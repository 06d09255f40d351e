import { run } from "../../lib/command";
import { waitFor } from "../../lib/wait";
import { controlPlane, type KindNode } from "./nodes";

/** How long nodes may take after they were made or started, in milliseconds. */
const readyLimitMs = 180_000;

/** A Node, Pod or Lease, as far as it is read here (Kubernetes 1.34: v1, coordination.k8s.io/v1). */
export interface Reported {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: { readonly nodeName?: string; readonly renewTime?: string };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly { readonly state?: { readonly running?: { readonly startedAt?: string } } }[];
  };
}

/**
 * Waits until every node is ready. A cluster that was stopped wakes up with all that it said before: its nodes and pods
 * are ready by their status, and nothing of them runs.
 */
export async function untilReady(nodes: readonly KindNode[], signal?: AbortSignal): Promise<void> {
  const node = controlPlane(nodes);
  if (node === undefined) throw new Error("cluster: kind made no control-plane node.\n  → kind get nodes shows what there is");
  const kubectl = ["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", "--request-timeout=5s"];
  const all = ["get", "nodes,leases,pods", "--all-namespaces", "--output=json"];
  await waitFor({ subject: `node ${node.name}`, limitMs: readyLimitMs, intervalMs: 500, signal }, async () => {
    const { items } = JSON.parse(await run("docker", ["exec", node.name, ...kubectl, ...all], { signal })) as {
      readonly items: readonly Reported[];
    };
    const obstacle = readyObstacle(nodes, items);
    if (obstacle !== undefined) throw new Error(obstacle);
    return true;
  });
}

/**
 * What of a cluster is not ready, or says so from before its node was started; undefined: nothing. Pods that say that
 * they are not ready are waited for elsewhere: there may be some of the user's that never will be.
 */
export function readyObstacle(nodes: readonly KindNode[], reported: readonly Reported[]): string | undefined {
  const starts = new Map(nodes.filter(({ role }) => role !== "external-load-balancer").map((it) => [it.name, it.startedAt]));
  const isBefore = (time: string | undefined, start: string): boolean => !(Date.parse(time ?? "") > Date.parse(start));
  const isReady = ({ status }: Reported): boolean =>
    status?.conditions?.some((it) => it.type === "Ready" && it.status === "True") === true;
  const find = (kind: string, name: string, namespace?: string): Reported | undefined =>
    reported.find((it) => it.kind === kind && it.metadata.name === name && it.metadata.namespace === namespace);
  for (const [name, start] of starts) {
    // The kubelet renews it every ten seconds.
    if (isBefore(find("Lease", name, "kube-node-lease")?.spec?.renewTime, start)) return "its kubelet has not reported yet";
    const node = find("Node", name);
    if (node === undefined || !isReady(node)) return `node ${name} is not ready`;
    // Without controllers a Deployment keeps its old status, and a Service the addresses that its pods had.
    const controllers = find("Lease", "kube-controller-manager", "kube-system");
    if (controllers !== undefined && isBefore(controllers.spec?.renewTime, start)) return "its controllers do not work yet";
    const stale = reported.find(
      (it) =>
        it.kind === "Pod" &&
        it.spec?.nodeName === name &&
        isReady(it) &&
        it.status?.containerStatuses?.some(({ state }) => state?.running && isBefore(state.running.startedAt, start)),
    );
    if (stale) return `the status of pod ${stale.metadata.namespace}/${stale.metadata.name} is from before`;
  }
  return undefined;
}
