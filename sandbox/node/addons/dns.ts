import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest } from "../../../lib/kubernetes/objects";
import { nodePaths, type NodeSpec } from "../spec";
import type { Supervisor } from "../supervise";

/** Starts CoreDNS as a process of the node; its service points at the node's address. */
export async function startDns(supervisor: Supervisor): Promise<void> {
  const { file, pidFile } = dnsFiles(supervisor.spec);
  await writeFile(file, corefile(supervisor.spec));
  await supervisor.start("coredns", ["-conf", file, "-pidfile", pidFile]);
}

/** CoreDNS' configuration, and its process number as the node counts. */
export function dnsFiles({ folder }: NodeSpec) {
  const { config } = nodePaths(folder);
  return { file: join(config, "Corefile"), pidFile: join(config, "coredns.pid") };
}

/** @param others name server for names that are not the cluster's; absent: there are none */
export function corefile({ folder, network }: NodeSpec, others?: string): string {
  return `.:53 {
  bind ${network.nodeAddress}
  errors
  ready ${network.nodeAddress}:8181
  kubernetes cluster.local in-addr.arpa {
    kubeconfig "${nodePaths(folder).kubeconfig}"
    ttl 5
  }
  cache 5${others === undefined ? "" : `\n  forward . ${others}`}
}
`;
}

/** The service that pods ask. */
export function dnsObjects(spec: NodeSpec): Manifest[] {
  const ports = [
    { name: "dns", port: 53, targetPort: 53, protocol: "UDP" },
    { name: "dns-tcp", port: 53, targetPort: 53, protocol: "TCP" },
  ];
  return nodeService(spec, "kube-dns", ports, spec.network.dnsAddress);
}

/** Ports of a service, and of what stands behind it. */
type Ports = readonly {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number;
  readonly protocol: string;
}[];

/** A service without a selector, and its endpoint: a process of the node, not a pod. */
export function nodeService({ network }: NodeSpec, name: string, ports: Ports, clusterIP?: string): Manifest[] {
  const metadata = { name, namespace: "kube-system" };
  return [
    { apiVersion: "v1", kind: "Service", metadata, spec: { ports, clusterIP } },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { ...metadata, labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      endpoints: [{ addresses: [network.nodeAddress], conditions: { ready: true } }],
      ports: ports.map(({ targetPort, ...port }) => ({ ...port, port: targetPort })),
    },
  ];
}
