import { createServer } from "node:net";
import type { KindNode } from "./nodes";

/** NodePorts of the stack, and where they answer on this machine: Jaeger's page at the port that people know. */
export const kindPorts = {
  gateway: { node: 32_000, host: 32_000 },
  jaegerUi: { node: 31_686, host: 16_686 },
} as const;

/** Where the NodePorts of a cluster answer on this machine; a cluster that was joined may publish other ports, or none. */
export interface KindAddresses {
  /** Host at which the gateway's NodePort answers. */
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

/**
 * Makes sure that the ports which a new cluster publishes are free, before minutes go into a node that Docker then
 * cannot start.
 *
 * @throws Error naming every port that somebody listens at.
 */
export async function requireFreePorts(ports: readonly number[] = Object.values(kindPorts).map((it) => it.host)): Promise<void> {
  const taken: number[] = [];
  for (const port of ports) if (!(await isFree(port))) taken.push(port);
  if (taken.length > 0) throw new Error(portsTaken(taken.join(" and ")));
}

/** The message about ports of this machine that are not free. */
export function portsTaken(ports: string): string {
  return (
    `cluster: kind publishes the gateway at 127.0.0.1:${kindPorts.gateway.host} and Jaeger at ${kindPorts.jaegerUi.host}, ` +
    `and another program listens at ${ports} (\`docker ps\` or \`lsof -i\` names it).\n` +
    "  → end that program, or another kind cluster of this project, and run again"
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => (error.code === "EADDRINUSE" ? resolve(false) : reject(error)));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
