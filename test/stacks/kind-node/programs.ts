import { silentProgress } from "../../../lib/progress";
import { ensureTool, ensureTools } from "../../../sandbox/toolchain/ensure";
import { downloadPackages } from "../../../sandbox/toolchain/sources/debian";
import type { Tool } from "../../../sandbox/toolchain/tool";
import { tools } from "../../../sandbox/toolchain/tools";

/** What a kind node has beside the sandbox's programs, of the same Kubernetes. */
export const nodePrograms: Tool = {
  name: "kind-node",
  version: tools.kubernetes.version,
  purpose: "a kind node of the tests' own; nothing else needs it",
  binaries: ["kubeadm", "kubectl", "coredns", "local-path-provisioner"],
  go: { packages: ["./coredns", "tool"], ldflags: tools.kubernetes.go.ldflags },
};

const packages = [
  ...["base-files", "base-passwd", "bash", "coreutils", "dash", "debianutils", "diffutils", "findutils", "grep", "gzip"],
  ...["hostname", "libc-bin", "login", "mawk", "mount", "passwd", "sed", "tar", "usr-is-merged", "util-linux"],
  ...["systemd", "systemd-sysv", "conntrack", "ethtool", "iproute2", "iptables", "jq", "kmod", "nftables", "procps", "socat"],
  ...["containerd", "containernetworking-plugins", "runc"],
];

/**
 * Finds, fetches or builds what the node's image is made from.
 *
 * @param archives folder that gets the distribution's packages
 * @throws Error naming what cannot be had
 */
export async function partsOfNode(archives: string) {
  const found = await ensureTools(["kubernetes", "etcd", "redis", "jaeger", "metrics-server", "iptables"], silentProgress);
  const node = await ensureTool(nodePrograms, silentProgress);
  await downloadPackages(packages, archives, { detail: () => undefined }, true);
  return { ...found, node };
}

export type NodeParts = Awaited<ReturnType<typeof partsOfNode>>;
