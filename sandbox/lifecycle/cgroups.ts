import { existsSync } from "node:fs";
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../../lib/command";
import { waitFor } from "../../lib/wait";

/** Folder of all our cgroups below every controller. */
const parentCgroup = "/plano-affinity";

/** How the machine mounts its control groups. */
interface Hierarchies {
  /** Mount points in use: one a controller (set) with version 1, a single one with version 2. */
  readonly mounts: readonly string[];
  /** All mount points; a hybrid machine also has an empty version 2 hierarchy, in which runc leaves folders. */
  readonly all: readonly string[];
}

/** The cgroup of a sandbox, as a path below each mount; with its id, for users do not see each other's names. */
export function cgroupOf(name: string, id: string): string {
  return `${parentCgroup}/${name}-${id}`;
}

/** Reads /proc/self/mountinfo for the control groups in use. */
export async function hierarchies(mountinfo?: string): Promise<Hierarchies> {
  const lines = (mountinfo ?? (await readFile("/proc/self/mountinfo", "utf8"))).split("\n");
  const of = (type: string): string[] => lines.filter((it) => it.includes(` - ${type} `)).flatMap((it) => it.split(" ")[4] ?? []);
  const first = [...new Set(of("cgroup"))];
  const second = of("cgroup2").slice(0, 1);
  return { mounts: first.length > 0 ? first : second, all: [...first, ...second] };
}

/**
 * Makes the sandbox's cgroup below every controller.
 *
 * @returns the folders into which the node's own processes go.
 */
export async function makeCgroups(cgroup: string): Promise<string[]> {
  const { mounts } = await hierarchies();
  if (mounts.length === 0) throw new Error("no control groups are mounted below /sys/fs/cgroup; the sandbox needs them");
  for (const mount of mounts) {
    // Parents first: each level hands its processors, or its controllers, to the next.
    for (const level of [dirname(cgroup), cgroup, `${cgroup}/system`]) {
      const folder = join(mount, level);
      await mkdir(folder, { recursive: true });
      if (existsSync(join(mount, "cgroup.controllers"))) await delegateControllers(dirname(folder));
      else await inheritProcessors(folder);
    }
  }
  return mounts.map((it) => join(it, cgroup, "system"));
}

/** Start of a shell script whose first arguments, up to `--`, are {@link makeCgroups}' folders: it joins them. */
export const joinCgroups = `while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit 1; shift; done; shift;`;

/** cpuset is the one controller of version 1 whose children start empty. */
async function inheritProcessors(folder: string): Promise<void> {
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    if (!existsSync(join(folder, file))) continue;
    await writeFile(join(folder, file), await readFile(join(dirname(folder), file)));
  }
}

async function delegateControllers(folder: string): Promise<void> {
  const controllers = (await readFile(join(folder, "cgroup.controllers"), "utf8")).split(/\s+/).filter((it) => it !== "");
  const handOn = () => writeFile(join(folder, "cgroup.subtree_control"), controllers.map((it) => `+${it}`).join(" "));
  await handOn().catch(async (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
    await vacate(folder);
    await handOn();
  });
}

/**
 * In a container with a cgroup namespace the first group holds the container's processes, and one with processes hands on
 * nothing. They move into a group below, as those of Docker in Docker and of kind's nodes do.
 */
async function vacate(folder: string): Promise<void> {
  const inner = join(folder, "init");
  await mkdir(inner, { recursive: true });
  const processes = (await readFile(join(folder, "cgroup.procs"), "utf8")).split("\n");
  // 0 is one that this PID namespace does not see. One that has ended meanwhile need not move.
  for (const pid of processes.filter((it) => Number(it) > 0))
    await writeFile(join(inner, "cgroup.procs"), pid).catch(() => undefined);
}

/** Removes a sandbox's cgroups once nothing runs in them, and the common parent when it is empty. */
export async function removeCgroups(cgroup: string): Promise<void> {
  const { all } = await hierarchies();
  for (const mount of all) {
    const folder = join(mount, cgroup);
    // Its files are the kernel's, and go with it.
    await waitFor({ subject: `the removal of ${folder}`, limitMs: 10_000, intervalMs: 20 }, async () => {
      if (existsSync(folder)) await run("find", [folder, "-type", "d", "-delete"]);
      return true;
    });
    await rmdir(dirname(folder)).catch(() => undefined);
  }
}
