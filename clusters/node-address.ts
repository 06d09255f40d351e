import type { V1Node } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { KubernetesApi } from "../lib/kubernetes/api";
import { clientConfig } from "../lib/kubernetes/client-node";
import { answers } from "../lib/net";
import { waitFor } from "../lib/wait";

/** Nodes that are asked at most: on a large cluster one is as good as another. */
const mostNodes = 10;
const limitMs = 2_000;

/**
 * The address of a node at which a port answers from this machine, of those that were meant for outside if any does;
 * undefined where none does, or where the account may not list nodes.
 *
 * @param patienceMs how long one may take to answer: nodes learn of a new service a moment after it was made
 */
export async function answeringNode(kubeconfig: string, port: number, patienceMs: number): Promise<string | undefined> {
  const nodes = await listNodes(kubeconfig, patienceMs).catch(() => []);
  const ofType = (type: string): string[] =>
    nodes.flatMap(({ status }) => (status?.addresses ?? []).filter((it) => it.type === type).map(({ address }) => address));
  const hosts = [...new Set([...ofType("ExternalIP"), ...ofType("InternalIP")])];
  if (hosts.length === 0) return undefined;
  const look = async (): Promise<string | undefined> => {
    const heard = await Promise.all(hosts.map((host) => answers(host, port, limitMs)));
    return hosts.find((_, index) => heard[index]);
  };
  const wait = { subject: `port ${port} of the nodes`, limitMs: patienceMs, intervalMs: 250 };
  return waitFor(wait, look).catch(() => undefined);
}

async function listNodes(kubeconfig: string, limitMs: number): Promise<readonly V1Node[]> {
  using api = await KubernetesApi.connect(await clientConfig({ content: kubeconfig }), { limitMs });
  const { items } = await api.json<{ readonly items: readonly V1Node[] }>({ path: `/api/v1/nodes?limit=${mostNodes}` });
  return items;
}
