import type { Tool } from "./tool";

const kubernetesVersion = "1.36.3";

const kubernetesPrograms = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"];

export function github(repository: string, tag: string, file: string): string {
  return `https://github.com/${repository}/releases/download/${tag}/${file}`;
}

/** Where distributions keep programs of the system, and PATH may not lead. */
const sbin = ["/usr/sbin", "/sbin"];

export function about(name: string, version: string, purpose: string, binaries: readonly string[]) {
  return { name, version, purpose, binaries };
}

/** What the sandbox runs, pinned. Longest builds first; what shares its packages comes after it, when they have been compiled. */
const ofSandbox = {
  kubernetes: {
    ...about("kubernetes", kubernetesVersion, "the sandbox's control plane and kubelet", kubernetesPrograms),
    // A cluster's parts belong to one minor version.
    path: { versionArgs: ["--version"], atLeast: "1.36.0", below: "1.37.0" },
    release: { url: `https://dl.k8s.io/v${kubernetesVersion}/bin/linux/{arch}/{binary}` },
    go: {
      module: "cluster",
      packages: kubernetesPrograms.map((it) => `k8s.io/kubernetes/cmd/${it}`),
      ldflags: [`gitVersion=v${kubernetesVersion}`, "gitMajor=1", "gitMinor=36"]
        .map((it) => `-X k8s.io/component-base/version.${it}`)
        .join(" "),
    },
  },
  jaeger: {
    ...about("jaeger", "2.13.0", "the trace store of the stack", ["jaeger"]),
    release: {
      // One commit has two tags: of its Go module, and of what it is released as.
      url: github("jaegertracing/jaeger", "v1.76.0", "jaeger-2.13.0-linux-{arch}.tar.gz"),
      member: "jaeger-2.13.0-linux-{arch}/{binary}",
    },
    go: { packages: ["tool"] },
  },
  containerd: {
    ...about("containerd", "2.3.4", "runs the sandbox's containers", ["containerd", "containerd-shim-runc-v2", "ctr"]),
    path: { versionArgs: ["--version"], atLeast: "1.6.0", below: "3.0.0" },
    release: {
      url: github("containerd/containerd", "v2.3.4", "containerd-2.3.4-linux-{arch}.tar.gz"),
      member: "bin/{binary}",
    },
    package: { debian: "containerd", folder: "usr/bin" },
  },
  runc: {
    ...about("runc", "1.4.3", "starts the sandbox's containers", ["runc"]),
    path: { versionArgs: ["--version"], atLeast: "1.1.0", below: "2.0.0" },
    release: { url: github("opencontainers/runc", "v1.4.3", "runc.{arch}") },
    package: { debian: "runc", folder: "usr/sbin" },
  },
  "cni-plugins": {
    ...about("cni-plugins", "1.9.1", "gives the sandbox's pods their network", ["ptp", "host-local", "portmap", "loopback"]),
    path: { folders: ["/opt/cni/bin", "/usr/lib/cni"] },
    release: {
      url: github("containernetworking/plugins", "v1.9.1", "cni-plugins-linux-{arch}-v1.9.1.tgz"),
      member: "./{binary}",
    },
    package: { debian: "containernetworking-plugins", folder: "usr/lib/cni" },
  },
  nftables: {
    ...about("nftables", "1.0", "kube-proxy's rules, inside the sandbox's own network", ["nft"]),
    path: { versionArgs: ["--version"], atLeast: "1.0.1", folders: sbin },
    package: { debian: "nftables", folder: "usr/sbin" },
  },
  iptables: {
    ...about("iptables", "1.8", "kube-router's rules, inside the sandbox's own network", [
      "iptables",
      "iptables-save",
      "iptables-restore",
    ]),
    path: { versionArgs: ["--version"], atLeast: "1.8.0", folders: sbin },
    package: {
      debian: "iptables",
      folder: "usr/sbin",
      rename: { iptables: "iptables-nft", "iptables-save": "iptables-nft-save", "iptables-restore": "iptables-nft-restore" },
      lookIn: { XTABLES_LIBDIR: "usr/lib/{triplet}/xtables" },
    },
  },
  ipset: {
    ...about("ipset", "7", "the addresses in kube-router's rules", ["ipset"]),
    path: { versionArgs: ["--version"], atLeast: "7.0", folders: sbin },
    package: { debian: "ipset", folder: "usr/sbin" },
  },
  iproute2: {
    ...about("iproute2", "6", "connects the sandbox's network with the machine's", ["ip"]),
    path: { versionArgs: ["-V"], atLeast: "5.0.0", folders: sbin },
    package: { debian: "iproute2", folder: "bin" },
  },
  redis: {
    ...about("redis", "7", "the pins of the stack, and of the integration tests", ["redis-server", "redis-cli"]),
    path: { versionArgs: ["--version"], atLeast: "6.2.0" },
    package: { debian: "redis-server,redis-tools", folder: "usr/bin" },
  },
  "metrics-server": {
    ...about("metrics-server", "0.9.0", "CPU and memory figures for the autoscaler", ["metrics-server"]),
    release: { url: github("kubernetes-sigs/metrics-server", "v0.9.0", "metrics-server-linux-{arch}") },
    go: { module: "cluster", packages: ["sigs.k8s.io/metrics-server/cmd/metrics-server"] },
  },
  coredns: {
    ...about("coredns", "1.14.6", "the sandbox's name service", ["coredns"]),
    release: {
      url: github("coredns/coredns", "v1.14.6", "coredns_1.14.6_linux_{arch}.tgz"),
      member: "{binary}",
    },
    go: { module: "cluster", packages: ["./coredns"] },
  },
  "kube-router": {
    ...about("kube-router", "2.1.0", "enforces the sandbox's network policies", ["kube-router"]),
    release: {
      url: github("cloudnativelabs/kube-router", "v2.1.0", "kube-router_2.1.0_linux_{arch}.tar.gz"),
      member: "{binary}",
    },
    go: { module: "cluster", packages: ["./kube-router"] },
  },
  etcd: {
    ...about("etcd", "3.7.1", "the sandbox's cluster state", ["etcd"]),
    // Kubernetes logs "Too large resource version" errors against 3.4.
    path: { versionArgs: ["--version"], atLeast: "3.5.0", below: "4.0.0" },
    release: {
      url: github("etcd-io/etcd", "v3.7.1", "etcd-v3.7.1-linux-{arch}.tar.gz"),
      member: "etcd-v3.7.1-linux-{arch}/{binary}",
    },
    go: { module: "cluster", packages: ["go.etcd.io/etcd/server/v3"], rename: { server: "etcd" } },
  },
} as const satisfies Record<string, Tool>;

/** Pulumi runs with every cluster, kind makes clusters in Docker, the next two are for some stacks, the last is for tests. */
const ofOthers = {
  pulumi: {
    ...about("pulumi", "3.276.0", "the Pulumi engine and command line", ["pulumi"]),
    path: { versionArgs: ["version"], atLeast: "3.182.0", below: "4.0.0" },
    release: { url: "https://get.pulumi.com/releases/sdk/pulumi-v3.276.0-linux-{arch}.tar.gz", member: "pulumi/{binary}" },
    go: { packages: ["tool"], ldflags: "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.276.0" },
  },
  kind: {
    ...about("kind", "0.33.0", "makes clusters in Docker; clusters/kind/config.ts pins the node image that belongs to it", [
      "kind",
    ]),
    // Older ones cannot load images into the pinned node, whose containerd is 2.3.
    path: { versionArgs: ["version"], atLeast: "0.32.0", below: "1.0.0" },
    release: { url: github("kubernetes-sigs/kind", "v0.33.0", "kind-linux-{arch}") },
    go: { packages: ["tool"] },
  },
  haproxy: {
    ...about("haproxy", "2", "leads to Redis' master, where redisReplicas is 3; nothing else needs it", ["haproxy"]),
    path: { versionArgs: ["-v"], atLeast: "2.6.0", folders: ["/usr/sbin"] },
    package: { debian: "haproxy", folder: "usr/sbin" },
  },
  slirp4netns: {
    ...about("slirp4netns", "1.2", "a way out for the sandbox's pods, where something of the stack lies outside", [
      "slirp4netns",
    ]),
    path: { versionArgs: ["--version"], atLeast: "1.1.0" },
    package: { debian: "slirp4netns", folder: "usr/bin" },
  },
  docker: {
    ...about("docker", "20.10", "a container engine of the tests' own; nothing else needs it", ["docker", "dockerd"]),
    path: { versionArgs: ["--version"], atLeast: "20.10.0", folders: ["/usr/sbin"] },
    package: { debian: "docker.io", folder: "usr/bin", folders: { dockerd: "usr/sbin" } },
  },
} as const satisfies Record<string, Tool>;

/** Everything that the project runs apart from Node.js. */
export const tools = { ...ofSandbox, ...ofOthers };

export type ToolName = keyof typeof tools;

/** What the sandbox needs. */
export const sandboxTools = Object.keys(ofSandbox) as ToolName[];
