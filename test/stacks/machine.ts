import { readdir, readFile, readlink } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { run } from "../../lib/command";
import { stateDir } from "../../lib/paths";
import { hierarchies } from "../../sandbox/lifecycle/cgroups";

/** What a sandbox could leave on a machine, in a form that can be compared. */
export type MachineState = Awaited<ReturnType<typeof machineState>>;

/** What a kubelet that is let sets for the whole machine: no namespace has values of its own of these. */
const kernelSettings = [
  "vm/overcommit_memory",
  "vm/panic_on_oom",
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/keys/root_maxkeys",
  "kernel/keys/root_maxbytes",
];

/** These settings by name, as they are. */
export async function readKernel(): Promise<Readonly<Record<string, string>>> {
  const values = kernelSettings.map((it) => readFile(join("/proc/sys", it), "utf8").catch(() => ""));
  return Object.fromEntries((await Promise.all(values)).map((value, index) => [kernelSettings[index] ?? "", value]));
}

/** Programs of a node; those of its pods are told by their cgroup. */
const nodePrograms = /^(kube-|kubelet|containerd|coredns|metrics-server|unshare)/;

/** Looks at this machine. */
export async function machineState() {
  const processes: string[] = [];
  const namespaces = new Set<string>();
  for (const pid of (await readdir("/proc")).filter((it) => /^\d+$/.test(it))) {
    const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
    const cgroup = await readFile(`/proc/${pid}/cgroup`, "utf8").catch(() => "");
    // A zombie has ended; when it is reaped is up to the machine's init.
    const ended = /^State:\s+Z/m.test(await readFile(`/proc/${pid}/status`, "utf8").catch(() => ""));
    if (ended) continue;
    if (nodePrograms.test(name) || cgroup.includes("/plano-affinity/")) processes.push(name.trim());
    namespaces.add(await readlink(`/proc/${pid}/ns/net`).catch(() => ""));
  }
  namespaces.delete("");
  const lines = (text: string): string[] =>
    text
      .split("\n")
      .filter((it) => it !== "")
      .sort();
  return {
    processes: processes.sort(),
    mounts: lines(await readFile("/proc/self/mountinfo", "utf8")).map((it) => it.split(" ").slice(3, 6).join(" ")),
    networkNamespaces: [...namespaces].sort(),
    interfaces: Object.keys(networkInterfaces()).sort(),
    routes: lines(await run("ip", ["route"])),
    cgroups: await planoCgroups(),
    firewall: lines(await run("nft", ["list", "ruleset"])),
    sandboxes: await readdir(join(stateDir(), "clusters")).catch(() => []),
    kernel: await readKernel(),
  };
}

/** An address of this machine that is neither loopback nor a sandbox's. */
export function ownAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((it) => it ?? []);
  return all.find(({ family, internal, address }) => family === "IPv4" && !internal && !address.startsWith("10.231."))?.address;
}

async function planoCgroups(): Promise<string[]> {
  const found = [];
  for (const mount of (await hierarchies()).all) {
    for (const name of await readdir(join(mount, "plano-affinity")).catch(() => [])) {
      if (!name.includes(".") && !["tasks", "notify_on_release"].includes(name)) found.push(join(mount, name));
    }
  }
  return found.sort();
}
