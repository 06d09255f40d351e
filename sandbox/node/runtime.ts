import { existsSync } from "node:fs";
import { mkdir, readdir, statfs, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { run } from "../../lib/command";
import { containerdSocket, nodePaths, type NodeSpec } from "./spec";
import type { Supervisor } from "./supervise";

/** `statfs` type of overlayfs, on which another overlay cannot be stacked. */
const overlayfsMagic = 0x794c7630;

/** Starts containerd and waits for its socket: a kubelet that starts first gives up. */
export async function startContainerd(supervisor: Supervisor): Promise<void> {
  const { spec } = supervisor;
  const paths = nodePaths(spec.folder);
  const configFile = join(paths.config, "containerd.toml");
  const cniFolder = join(paths.config, "cni");
  const stacked = (await statfs(paths.containerd)).type === overlayfsMagic;
  await writeFile(configFile, containerdConfig(spec, paths.containerd, cniFolder, stacked ? "native" : "overlayfs"));
  await mkdir(cniFolder, { recursive: true });
  await writeFile(join(cniFolder, "10-pods.conflist"), JSON.stringify(cniConfig(spec), null, 2));
  await supervisor.start("containerd", ["--config", configFile]);
  await supervisor.until({ subject: "containerd's socket", limitMs: 20_000, intervalMs: 50 }, () =>
    existsSync(containerdSocket) ? ctr(spec, ["version"]) : undefined,
  );
}

/** Imports every image that was handed to the node; `tar` files below its images folder. */
export async function importImages(spec: NodeSpec): Promise<void> {
  const { images } = nodePaths(spec.folder);
  // Beside them may be what a run that was killed had copied of one.
  const whole = (await readdir(images)).filter((it) => it.endsWith(".tar"));
  for (const file of whole) await ctr(spec, importArgs(join(images, file)));
}

/** How `ctr` imports an archive. One that is called `name@tag.tar` holds an image of others, and gets a name of ours. */
export function importArgs(file: string): string[] {
  const [, name, tag] = /^(.+)@(.+)\.tar$/.exec(basename(file)) ?? [];
  const named = name === undefined ? [] : ["--index-name", `localhost/plano-affinity/${name}:${tag}`];
  return ["images", "import", ...named, file];
}

/** Runs containerd's own client against the node's containerd, in the namespace that Kubernetes uses. */
async function ctr(spec: NodeSpec, args: readonly string[]): Promise<string> {
  return run(spec.tools["ctr"] ?? "ctr", ["--address", containerdSocket, "--namespace", "k8s.io", ...args]);
}

/**
 * Registries that need more than a name, such as one with plain HTTP, are described in `<host:port>/hosts.toml` below one
 * of the folders of `config_path`, the first that has it. Read at each pull.
 */
function containerdConfig(spec: NodeSpec, root: string, cniFolder: string, snapshotter: string): string {
  return `version = 2
root = "${root}"
state = "/run/containerd"
[grpc]
  address = "${containerdSocket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${spec.pauseImage}"
  # Neither AppArmor nor lower OOM scores can be counted on inside a container or a small virtual machine.
  disable_apparmor = true
  restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "${spec.registries}:/etc/containerd/certs.d"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "${spec.cniFolder}"
  conf_dir = "${cniFolder}"
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "${snapshotter}"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  BinaryName = "${spec.tools["runc"] ?? "runc"}"
  SystemdCgroup = false
`;
}

/**
 * A point-to-point link for each pod: all traffic between pods is routed, so that services work without bridge
 * netfilter, which is a kernel module that the machine may not have.
 */
function cniConfig(spec: NodeSpec): object {
  const ranges = [[{ subnet: spec.network.podCidr }]];
  const ipam = { type: "host-local", dataDir: "/run/cni-ipam", ranges, routes: [{ dst: "0.0.0.0/0" }] };
  return { cniVersion: "1.0.0", name: "pods", plugins: [{ type: "ptp", ipMasq: false, ipam }] };
}
