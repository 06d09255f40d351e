import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest } from "../../../lib/kubernetes/objects";
import { nodePaths, type NodeSpec } from "../spec";
import type { Supervisor } from "../supervise";

/** Starts CoreDNS as a process of the node; its service points at the node's address. */
export async function startDns(supervisor: Supervisor): Promise<void> {
  const { spec } = supervisor;
  const { config, kubeconfig } = nodePaths(spec.folder);
  const corefile = join(config, "Corefile");
  await writeFile(
    corefile,
    `.:53 {
  bind ${spec.network.nodeAddress}
  errors
  ready ${spec.network.nodeAddress}:8181
  kubernetes cluster.local in-addr.arpa {
    kubeconfig "${kubeconfig}"
    ttl 5
  }
  cache 5
}
`,
  );
  await supervisor.start("coredns", ["-conf", corefile]);
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
