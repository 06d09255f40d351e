import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../../lib/command";

/**
 * What the kubelet wants of the kernel (1.34, `setupKernelTunables`). No namespace has values of its own of these: it
 * would set them for the whole machine, and for good.
 */
const wanted = {
  "vm/overcommit_memory": 1,
  "vm/panic_on_oom": 0,
  "kernel/panic": 10,
  "kernel/panic_on_oops": 1,
  "kernel/keys/root_maxkeys": 1_000_000,
  "kernel/keys/root_maxbytes": 25_000_000,
};

/** Below the node's own /run. */
const folder = "/run/kernel-settings";

/** Shows the node's processes what the kubelet wants in place of the machine's settings, which stay as they are. */
export async function coverKernelSettings(): Promise<void> {
  for (const [name, value] of Object.entries(wanted)) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${value}\n`);
    await run("mount", ["--bind", file, join("/proc/sys", name)]);
  }
}
