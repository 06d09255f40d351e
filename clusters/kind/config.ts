import { stringify } from "yaml";
import { answers } from "../../lib/net";

/** The node's image: that of the kind release in `sandbox/toolchain/tools.ts`, by its `pkg/apis/config/defaults/image.go`. */
export const nodeImage = "kindest/node:v1.37.0@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5";

/** NodePorts of the stack, and where they answer on this machine: Jaeger's page at the port that people know. */
export const kindPorts = {
  gateway: { node: 32_000, host: 32_000 },
  jaegerUi: { node: 31_686, host: 16_686 },
} as const;

/**
 * kind's configuration (`kind.x-k8s.io/v1alpha4`): one node, whose NodePorts answer on this machine and nowhere else.
 *
 * @param cgroupVersion what Docker runs on. From Kubernetes 1.35 a kubelet does not start on version 1 unless it is told to.
 */
export function kindConfig(cgroupVersion: string): string {
  const extraPortMappings = Object.values(kindPorts).map(({ node, host }) => ({
    containerPort: node,
    hostPort: host,
    listenAddress: "127.0.0.1",
    protocol: "TCP",
  }));
  const nodes = [{ role: "control-plane", extraPortMappings }];
  const kubelet = { apiVersion: "kubelet.config.k8s.io/v1beta1", kind: "KubeletConfiguration", failCgroupV1: false };
  const patches = cgroupVersion === "1" ? { kubeadmConfigPatches: [stringify(kubelet)] } : {};
  return stringify({ kind: "Cluster", apiVersion: "kind.x-k8s.io/v1alpha4", nodes, ...patches });
}

/** Fails early, naming every port of a new cluster that is taken: Docker says so only after minutes of work. @throws Error */
export async function requireFreePorts(): Promise<void> {
  const ports = Object.values(kindPorts).map(({ host }) => host);
  const taken = await Promise.all(ports.map((it) => answers("127.0.0.1", it, 1_000)));
  const names = ports.filter((_, index) => taken[index]).join(" and ");
  if (names !== "") throw new Error(`cluster: ${portsTaken(names).join(".\n  → ")}`);
}

/** What it means that ports of this machine are not free, and what helps. */
export function portsTaken(ports: string): readonly [means: string, remedy: string] {
  return [
    `kind publishes the gateway at 127.0.0.1:${kindPorts.gateway.host} and Jaeger at ${kindPorts.jaegerUi.host}, ` +
      `and another program listens at ${ports} (\`docker ps\` or \`lsof -i\` names it)`,
    "end that program, or another kind cluster of this project, and run again",
  ];
}
