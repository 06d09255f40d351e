import type { KubernetesObject } from "@kubernetes/client-node";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nodePaths, type NodeSpec } from "../spec";
import type { Supervisor } from "../supervise";

/** Starts CoreDNS as a process of the node; its service points at the node's address. */
export async function startDns(supervisor: Supervisor): Promise<void> {
  const { spec } = supervisor;
  const paths = nodePaths(spec.folder);
  const corefile = join(paths.config, "Corefile");
  await writeFile(
    corefile,
    `.:53 {
  bind ${spec.network.nodeAddress}
  errors
  ready ${spec.network.nodeAddress}:8181
  kubernetes cluster.local in-addr.arpa {
    kubeconfig "${join(paths.config, "dns.kubeconfig")}"
    ttl 5
  }
  cache 5
}
`,
  );
  await supervisor.start("coredns", ["-conf", corefile]);
}

/** The service that pods ask, and what CoreDNS may read. */
export function dnsObjects(spec: NodeSpec): KubernetesObject[] {
  const ports = [
    { name: "dns", port: 53, protocol: "UDP" },
    { name: "dns-tcp", port: 53, protocol: "TCP" },
  ];
  return [
    service("kube-dns", ports, { clusterIP: spec.network.dnsAddress }),
    endpoints("kube-dns", ports, spec),
    ...clusterReader("plano-affinity:dns", [
      { apiGroups: [""], resources: ["services", "pods", "namespaces", "endpoints"], verbs: ["list", "watch"] },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
    ]),
  ];
}

/** Ports of a service, and of what stands behind it. */
type Ports = readonly { readonly name: string; readonly port: number; readonly protocol: string }[];

/** A service without a selector: behind it is a process of the node, not a pod. */
export function service(name: string, ports: Ports, spec: object = {}): KubernetesObject {
  const metadata = { name, namespace: "kube-system" };
  return { apiVersion: "v1", kind: "Service", metadata, spec: { ports, ...spec } } as KubernetesObject;
}

/** Points such a service at the node's address. */
export function endpoints(name: string, ports: Ports, spec: NodeSpec): KubernetesObject {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, namespace: "kube-system", labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    endpoints: [{ addresses: [spec.network.nodeAddress], conditions: { ready: true } }],
    ports,
  } as KubernetesObject;
}

/** A cluster role for the user of the same name. */
export function clusterReader(user: string, rules: readonly object[]): KubernetesObject[] {
  const apiVersion = "rbac.authorization.k8s.io/v1";
  return [{ apiVersion, kind: "ClusterRole", metadata: { name: user }, rules } as KubernetesObject, binding(user, user)];
}

export function binding(user: string, role: string): KubernetesObject {
  const apiGroup = "rbac.authorization.k8s.io";
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: role === user ? user : `${user}:${role}` },
    roleRef: { apiGroup, kind: "ClusterRole", name: role },
    subjects: [{ apiGroup, kind: "User", name: user }],
  } as KubernetesObject;
}
