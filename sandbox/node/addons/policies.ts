import { run } from "../../../lib/command";
import { nodeName, nodePaths, type NodeSpec } from "../spec";
import type { Supervisor } from "../supervise";

/** What kube-router's rules are made of, and a kernel may lack. */
const ingredients: readonly (readonly string[])[] = [
  ["-m", "comment", "--comment", "probe", "-m", "set", "--match-set", "PLANO-PROBE", "src", "-j", "ACCEPT"],
  ["-m", "addrtype", "--src-type", "LOCAL", "-j", "ACCEPT"],
  ["-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "ACCEPT"],
  ["-p", "tcp", "-m", "multiport", "--dports", "1:2", "-j", "MARK", "--set-xmark", "0x10000/0x10000"],
  ["-m", "mark", "!", "--mark", "0x10000/0x10000", "-m", "limit", "--limit", "10/min", "-j", "NFLOG"],
  ["-m", "physdev", "--physdev-is-bridged", "-j", "REJECT", "--reject-with", "icmp-port-unreachable"],
];

/** Why this machine's kernel cannot enforce network policies, in one line; undefined when it can. */
export async function whyUnenforceable({ tools }: Pick<NodeSpec, "tools">): Promise<string | undefined> {
  const [iptables, ipset] = [tools["iptables"] ?? "iptables", tools["ipset"] ?? "ipset"];
  try {
    await run(ipset, ["create", "PLANO-PROBE", "hash:ip"]);
    await run(iptables, ["--new-chain", "PLANO-PROBE"]);
    for (const rule of ingredients) await run(iptables, ["--append", "PLANO-PROBE", ...rule]);
    return undefined;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ");
  } finally {
    // What could not be made cannot be removed either.
    await run(iptables, ["--flush", "PLANO-PROBE"]).catch(() => undefined);
    await run(iptables, ["--delete-chain", "PLANO-PROBE"]).catch(() => undefined);
    await run(ipset, ["destroy", "PLANO-PROBE"]).catch(() => undefined);
  }
}

/**
 * Starts kube-router as a process of the node, for its network policies only: pods have their network from `ptp`, and
 * services from kube-proxy. The node must be registered, and its kernel able to ({@link whyUnenforceable}).
 */
export async function startNetworkPolicies(supervisor: Supervisor): Promise<void> {
  const { spec } = supervisor;
  await supervisor.start("kube-router", [
    `--kubeconfig=${nodePaths(spec.folder).kubeconfig}`,
    `--hostname-override=${nodeName}`,
    "--run-firewall=true",
    "--run-router=false",
    "--run-service-proxy=false",
    `--service-cluster-ip-range=${spec.network.serviceCidr}`,
    "--health-port=0",
    "--metrics-port=0",
  ]);
  // Made by its first look at the cluster; from then on a policy is in force soon after it is made.
  await supervisor.until({ subject: "kube-router's rules", limitMs: 30_000, intervalMs: 50 }, () =>
    run(spec.tools["iptables"] ?? "iptables", ["--list-rules", "KUBE-NWPLCY-DEFAULT"]),
  );
}
