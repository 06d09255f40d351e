import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { containerdSocket, nodeName, nodePaths, type NodeSpec } from "./spec";
import type { Supervisor } from "./supervise";

/** Starts the kubelet; containerd must answer already. */
export async function startKubelet(supervisor: Supervisor): Promise<void> {
  const { spec } = supervisor;
  const paths = nodePaths(spec.folder);
  const configFile = join(paths.config, "kubelet.yaml");
  await writeFile(configFile, stringify(kubeletConfig(spec)));
  await supervisor.start("kubelet", [
    `--config=${configFile}`,
    `--kubeconfig=${join(paths.config, "kubelet.kubeconfig")}`,
    `--root-dir=${paths.kubelet}`,
    `--hostname-override=${nodeName}`,
    `--node-ip=${spec.network.nodeAddress}`,
  ]);
}

/** Starts kube-proxy, which makes services reachable in the node's own network. */
export async function startProxy(supervisor: Supervisor): Promise<void> {
  const { spec } = supervisor;
  await supervisor.start("kube-proxy", [
    `--kubeconfig=${nodePaths(spec.folder).kubeconfig}`,
    "--proxy-mode=nftables",
    `--cluster-cidr=${spec.network.podCidr}`,
    `--hostname-override=${nodeName}`,
    // A limit on connections belongs to the whole machine and stays as it is.
    "--conntrack-max-per-core=0",
    "--nodeport-addresses=primary",
  ]);
}

/** KubeletConfiguration v1beta1, Kubernetes 1.36. */
function kubeletConfig(spec: NodeSpec): object {
  const paths = nodePaths(spec.folder);
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: { anonymous: { enabled: false }, x509: { clientCAFile: join(paths.pki, "ca.crt") } },
    authorization: { mode: "Webhook" },
    tlsCertFile: join(paths.pki, "kubelet.crt"),
    tlsPrivateKeyFile: join(paths.pki, "kubelet.key"),
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: spec.cgroup,
    failCgroupV1: false,
    failSwapOn: false,
    // A kernel setting that the node does not cover (`coverKernelSettings`) is reported, not changed for the whole machine.
    protectKernelDefaults: true,
    clusterDNS: [spec.network.dnsAddress],
    clusterDomain: "cluster.local",
    // Pods ask the cluster's name service only: the machine's resolvers cannot be reached from the node's network.
    resolvConf: "",
    podLogsDir: paths.podLogs,
    volumePluginDir: join(paths.kubelet, "volume-plugins"),
    // The disk is the machine's own: how full it is says nothing of the sandbox.
    imageGCHighThresholdPercent: 100,
    evictionHard: { "memory.available": "100Mi" },
    // A container that starts before what it needs is there is tried again soon, not after up to five minutes.
    featureGates: { KubeletCrashLoopBackOffMax: true },
    crashLoopBackOff: { maxContainerRestartPeriod: "2s" },
    syncFrequency: "5s",
    nodeStatusUpdateFrequency: "4s",
  };
}
