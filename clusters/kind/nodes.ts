import { run } from "../../lib/command";
import { kindPorts } from "./config";
import { explainDocker } from "./explain";

/** A container that is a node of a kind cluster. */
export interface KindNode {
  readonly id: string;
  readonly name: string;
  /** `control-plane`, `worker`, or `external-load-balancer`. */
  readonly role: string;
  readonly running: boolean;
  /** When it was last started: ISO 8601. */
  readonly startedAt: string;
  /** Ports of the node that Docker publishes on this machine. */
  readonly ports: readonly { readonly node: number; readonly hostAddress: string; readonly hostPort: number }[];
}

/** Labels by which kind itself finds its nodes (kind 0.33.0, `pkg/cluster/internal/providers/docker/constants.go`). */
const labels = { cluster: "io.x-k8s.kind.cluster", role: "io.x-k8s.kind.role" } as const;

/** What is used of `docker inspect`'s answer (Docker Engine API, ContainerInspect). */
interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly State: { readonly Running: boolean; readonly StartedAt: string };
  readonly Config: { readonly Labels?: Readonly<Record<string, string>> | null };
  readonly HostConfig: {
    readonly PortBindings?: Readonly<Record<string, readonly { HostIp?: string; HostPort?: string }[] | null>> | null;
  };
}

/**
 * The nodes of a kind cluster, by name; none where there is no such cluster. Docker is asked, and not kind, for a preview
 * must know it and need not fetch kind.
 *
 * @throws Error with its remedy when Docker does not answer
 */
export async function kindNodes(cluster: string, signal?: AbortSignal): Promise<readonly KindNode[]> {
  try {
    const filter = `label=${labels.cluster}=${cluster}`;
    const ids = (await run("docker", ["ps", "--all", "--quiet", "--no-trunc", "--filter", filter], { signal })).trim();
    if (ids === "") return [];
    const answer = await run("docker", ["inspect", "--type", "container", ...ids.split("\n")], { signal });
    return (JSON.parse(answer) as readonly Inspected[]).map(nodeOf).sort((a, b) => a.name.localeCompare(b.name));
  } catch (error) {
    signal?.throwIfAborted();
    throw explainDocker(error);
  }
}

/** The cluster's first control-plane node. Its container's id tells one cluster of a name from the next. */
export function controlPlane(nodes: readonly KindNode[]): KindNode | undefined {
  return nodes.find((it) => it.role === "control-plane");
}

function nodeOf(container: Inspected): KindNode {
  return {
    id: container.Id,
    name: container.Name.replace(/^\//, ""),
    role: container.Config.Labels?.[labels.role] ?? "",
    running: container.State.Running,
    startedAt: container.State.StartedAt,
    // The bindings that were asked for: those in force are empty while the container is stopped.
    ports: Object.entries(container.HostConfig.PortBindings ?? {}).flatMap(([port, bindings]) =>
      (bindings ?? []).map((it) => ({
        node: Number.parseInt(port, 10),
        hostAddress: it.HostIp ?? "",
        hostPort: Number(it.HostPort),
      })),
    ),
  };
}

/** Where the NodePorts of a cluster answer on this machine; a cluster that was joined may publish other ports, or none. */
export interface KindAddresses {
  readonly nodeAddress?: string;
  /** Port of that host at which Jaeger's NodePort answers. */
  readonly jaegerPort?: number;
}

/** Reads where NodePorts answer from what Docker says of the cluster's nodes. */
export function publishedPorts(nodes: readonly KindNode[]): KindAddresses {
  const published = nodes.flatMap((it) => it.ports);
  const gateway = published.find((it) => it.node === kindPorts.gateway.node && it.hostPort === kindPorts.gateway.host);
  if (gateway === undefined) return {};
  const nodeAddress = reachable(gateway.hostAddress);
  const jaeger = published.find((it) => it.node === kindPorts.jaegerUi.node && reachable(it.hostAddress) === nodeAddress);
  return { nodeAddress, jaegerPort: jaeger?.hostPort };
}

/** What listens on all addresses is reached at this machine's own. */
function reachable(address: string): string {
  return ["", "0.0.0.0", "::"].includes(address) ? "127.0.0.1" : address;
}
