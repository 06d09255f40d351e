import type { KubernetesObject } from "@kubernetes/client-node";
import { join } from "node:path";
import { run } from "../../common/command";
import { waitFor } from "../../common/wait";
import { nodeName, nodePaths, type NodeSpec } from "../spec";
import type { Supervisor } from "../supervise";
import { clusterReader } from "./dns";

/**
 * Starts kube-router as a process of the node, for its network policies only: pods have their network from `ptp`, and
 * services from kube-proxy. The node must be registered.
 */
export async function startNetworkPolicies(spec: NodeSpec, supervisor: Supervisor): Promise<void> {
  await supervisor.start("kube-router", spec.tools["kube-router"] ?? "kube-router", [
    `--kubeconfig=${join(nodePaths(spec.folder).config, "kube-router.kubeconfig")}`,
    `--hostname-override=${nodeName}`,
    "--run-firewall=true",
    "--run-router=false",
    "--run-service-proxy=false",
    `--service-cluster-ip-range=${spec.network.serviceCidr}`,
    "--health-port=0",
    "--metrics-port=0",
  ]);
  // Made by its first look at the cluster; from then on a policy is in force soon after it is made.
  await supervisor.while(
    waitFor({ subject: "kube-router's rules", limitMs: 30_000, intervalMs: 50 }, () =>
      run(spec.tools["iptables"] ?? "iptables", ["--list-rules", "KUBE-NWPLCY-DEFAULT"]),
    ),
  );
}

/** What kube-router may read. */
export function policyObjects(): KubernetesObject[] {
  return clusterReader("plano-affinity:kube-router", [
    { apiGroups: [""], resources: ["pods", "namespaces", "nodes"], verbs: ["get", "list", "watch"] },
    { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: ["list", "watch"] },
  ]);
}
