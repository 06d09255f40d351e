import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { waitFor, within } from "../../lib/wait";
import { type NodeEvent, nodePaths, type NodeSpec } from "../node/spec";
import { joinCgroups, makeCgroups } from "./cgroups";
import { connectNode } from "./host-network";
import { saveProcess } from "./node-process";

/** Longest time from the first process to a node that is ready, in milliseconds. */
const startLimitMs = 120_000;

/**
 * What runs before the supervisor. The shell joins the cgroups, becomes `unshare`, and a second one is PID 1 of the
 * node: it adopts and reaps what containers leave behind, and ends, and with it all, when the supervisor ends.
 */
const enter = `${joinCgroups}
exec unshare --net --mount --pid --ipc --uts --fork --kill-child --mount-proc --propagation private -- \
  sh -c '"$@" & wait $!' sh "$@"
`;

/** Starts the node's processes, which outlive this one, and waits until the node is ready. */
export async function startNode(spec: NodeSpec, detail: (text: string) => void, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const paths = nodePaths(spec.folder);
  await rm(paths.status, { force: true });
  const cgroups = await makeCgroups(spec.cgroup);
  const log = await open(join(paths.logs, "node.log"), "w", 0o600);
  const main = join(__dirname, "..", "node", "main.ts");
  const supervisor = [process.execPath, "--require", require.resolve("tsx/cjs"), main, spec.folder];
  const child = spawn("sh", ["-c", enter, "sh", ...cgroups, "--", ...supervisor], {
    detached: true,
    cwd: "/",
    env: { PATH: process.env.PATH, HOME: "/root", TSX_DISABLE_CACHE: "1" },
    stdio: ["ignore", log.fd, log.fd, "pipe"],
  });
  await log.close();
  try {
    const exited = once(child, "exit").then(async () => {
      throw new Error(`the node ended before it was ready: ${await lastLines(join(paths.logs, "node.log"))}`);
    });
    exited.catch(() => undefined);
    if (child.pid === undefined) await exited;
    const pid = child.pid ?? 0;
    await saveProcess(spec.folder, pid);
    const ready = async (ended: AbortSignal): Promise<void> => {
      await connectWhenSeparate(spec, pid, ended);
      await readEvents(child.stdio[3] as Readable, detail);
    };
    const late = () => new Error(`the node was not ready after ${startLimitMs / 1000} s`);
    await within(startLimitMs, signal, (ended) => Promise.race([ready(ended), exited]), late);
  } finally {
    child.stdio[3]?.destroy();
    child.unref();
  }
}

/** The namespace exists as soon as the process's own differs from ours. */
async function connectWhenSeparate(spec: NodeSpec, pid: number, signal: AbortSignal): Promise<void> {
  const ours = await readlink("/proc/self/ns/net");
  await waitFor({ subject: "the node's network namespace", limitMs: 5_000, intervalMs: 5, signal }, async () =>
    (await readlink(`/proc/${pid}/ns/net`)) === ours ? undefined : true,
  );
  await connectNode(spec, pid);
}

async function readEvents(stream: Readable, detail: (text: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) {
    const event = JSON.parse(line) as NodeEvent;
    if ("at" in event) detail(event.at);
    else if ("failed" in event) throw new Error(event.failed);
    else return;
  }
  // It ended without an event: its log says why, once the process is gone.
  return new Promise(() => undefined);
}

async function lastLines(file: string): Promise<string> {
  return (await readFile(file, "utf8")).trim().split("\n").slice(-6).join("\n  ");
}
