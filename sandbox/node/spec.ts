import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readJson } from "../../lib/files";

/** All that the node's supervisor knows; written by the host side as `spec.json`. */
export interface NodeSpec {
  readonly name: string;
  /** Its owner: shown when another asks for the same name. */
  readonly owner: string;
  /** The owner's checkout. */
  readonly ownerFolder: string;
  /** Tells this cluster's state from that of a later one with the same name. */
  readonly id: string;
  readonly index: number;
  /** Everything that the node keeps lives below it. */
  readonly folder: string;
  readonly network: ReturnType<typeof networkOf>;
  /** Path of the node's cgroup below every controller's mount. */
  readonly cgroup: string;
  /** Absolute path of every executable, by name. */
  readonly tools: Readonly<Record<string, string>>;
  /** Folder of the CNI plugins. */
  readonly cniFolder: string;
  /** Image that keeps a pod's namespaces open. */
  readonly pauseImage: string;
  /** Folder of the descriptions of registries, in containerd's form: `<host:port>/hosts.toml`. */
  readonly registries: string;
  /** Host folders that must stay visible under paths that the node covers, such as a home below /tmp. */
  readonly keepVisible: readonly string[];
}

/** Where a node keeps its things. */
export function nodePaths(folder: string) {
  return {
    spec: join(folder, "spec.json"),
    status: join(folder, "status.json"),
    kubeconfig: join(folder, "kubeconfig"),
    pki: join(folder, "pki"),
    logs: join(folder, "logs"),
    etcd: join(folder, "etcd"),
    containerd: join(folder, "containerd"),
    images: join(folder, "images"),
    kubelet: join(folder, "kubelet"),
    podLogs: join(folder, "pod-logs"),
    volumes: join(folder, "volumes"),
    config: join(folder, "config"),
  } as const;
}

/** Sockets inside the node's own /run. */
export const containerdSocket = "/run/containerd/containerd.sock";

/** The name under which the node registers. */
export const nodeName = "node";

/** @throws Error that names the file, and what to do, where it is not whole */
export function readSpec(folder: string): NodeSpec {
  const remedy = `\n→ restore it, or give this sandbox up: end its process, if ${folder}/process.json names one, and rm -r ${folder}`;
  return readJson(nodePaths(folder).spec, remedy) as NodeSpec;
}

/** Whether all of a sandbox's certificates are there, and last for so many milliseconds: its kubeconfig is written last. */
export function certificatesLast(folder: string, forMs = 0): boolean {
  try {
    const kubeconfig = readFileSync(nodePaths(folder).kubeconfig, "utf8");
    const [, authority = ""] = /certificate-authority-data: (\S+)[^]*^current-context: /m.exec(kubeconfig) ?? [];
    return Date.parse(new X509Certificate(Buffer.from(authority, "base64")).validTo) > Date.now() + forMs;
  } catch {
    return false;
  }
}

/** The addresses of sandbox number `index` (0–255): several live side by side on one machine. */
export function networkOf(index: number) {
  return {
    /** The machine's end of the link, and the node's default route. */
    hostAddress: `10.231.${index}.1`,
    /** The node's end: API server, NodePorts. */
    nodeAddress: `10.231.${index}.2`,
    linkPrefix: 30,
    podCidr: `10.232.${index}.0/24`,
    serviceCidr: "10.233.0.0/16",
    /** The `kubernetes` service. */
    apiServiceAddress: "10.233.0.1",
    /** The name service. */
    dnsAddress: "10.233.0.10",
  } as const;
}

/** Events from the node's supervisor to the process that started it, one JSON object a line. */
export type NodeEvent = { readonly at: string } | { readonly ready: true } | { readonly failed: string };

/** What `status.json` holds: what the supervisor said last. */
export interface NodeStatus {
  readonly reason?: string;
  /** Why network policies are not enforced; absent where they are. */
  readonly unenforced?: string;
}
