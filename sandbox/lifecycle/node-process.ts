import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { readRecord, writeWhole } from "../../lib/files";
import { waitFor } from "../../lib/wait";

/** A process, first of its group, that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time since boot, in clock ticks: field 22 of /proc/PID/stat. */
  readonly startedAt: string;
  readonly bootId: string;
}

const file = (folder: string): string => join(folder, "process.json");

/** Remembers the process that holds the node's namespaces. One that cannot be, is ended: nobody would find it again. */
export async function saveProcess(folder: string, pid: number): Promise<void> {
  const identity: ProcessIdentity = { pid, startedAt: (await startTime(pid)) ?? "", bootId: await bootId() };
  await writeWhole(file(folder), JSON.stringify(identity)).catch((error: unknown) => {
    process.kill(-pid, "SIGKILL");
    throw error;
  });
}

/** The process that holds the node's namespaces, when it is still the one that we started. */
export async function findProcess(folder: string): Promise<number | undefined> {
  // A file that is not whole was being written when the machine went down, and the process with it.
  const identity = readRecord<ProcessIdentity>(file(folder));
  if (identity === undefined) return undefined;
  const isSame = identity.bootId === (await bootId()) && identity.startedAt === (await startTime(identity.pid));
  return isSame ? identity.pid : undefined;
}

/** Ends the process and its group. With a node's, all in its PID namespace are killed by the kernel. */
export async function endProcess(folder: string): Promise<void> {
  const pid = await findProcess(folder);
  if (pid !== undefined) {
    process.kill(-pid, "SIGKILL");
    await waitFor({ subject: `the end of process ${pid}`, limitMs: 20_000, intervalMs: 20 }, async () =>
      (await findProcess(folder)) === undefined ? true : undefined,
    );
  }
  await rm(file(folder), { force: true });
}

async function startTime(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // The second field, the command in parentheses, may hold spaces. A zombie (state Z) has ended.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields === undefined || fields[0] === "Z" ? undefined : fields[19];
}

async function bootId(): Promise<string> {
  return (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
}
