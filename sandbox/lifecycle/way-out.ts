import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { run } from "../../lib/command";
import { writeWhole } from "../../lib/files";
import { within } from "../../lib/wait";
import { corefile, dnsFiles } from "../node/addons/dns";
import { nodePaths, type NodeSpec } from "../node/spec";
import type { InstalledTool } from "../toolchain/tool";
import { joinCgroups, makeCgroups } from "./cgroups";
import { endProcess, findProcess, saveProcess } from "./node-process";
import { runningNode, sandboxFolder } from "./registry";

/** The node's interface to the outside, and the addresses that slirp4netns serves there. Source: slirp4netns(1). */
const outside = { device: "tap0", address: "10.0.2.100/24", gateway: "10.0.2.2", nameServer: "10.0.2.3", mtu: 1500 };

/** Rules of the node's own network. Pods get the node's address on the way out; nobody out there knows theirs. */
const table = "plano_way_out";
const rules = ({ network }: NodeSpec): string => `table ip ${table} {
  chain postrouting {
    type nat hook postrouting priority srcnat;
    ip saddr ${network.podCidr} oifname "${outside.device}" masquerade
  }
}
`;

/** Where the process behind the way out is remembered, and that all of it is there. */
const folderOf = (name: string): string => join(sandboxFolder(name), "way-out");
const markOf = (name: string): string => join(folderOf(name), "open");

/** Whether the sandbox's pods have a way out. */
export async function hasWayOut(name: string): Promise<boolean> {
  return existsSync(markOf(name)) && (await findProcess(folderOf(name))) !== undefined;
}

/**
 * Gives the pods of a running sandbox a way to wherever this machine's programs get: slirp4netns makes their connections
 * as an ordinary program here, so that neither the machine's firewall nor its forwarding is touched. It lives in the
 * node's PID namespace, and ends with the node. The machine's own loopback stays out of reach.
 */
export async function openWayOut(name: string, { binaries }: InstalledTool, signal?: AbortSignal): Promise<void> {
  if (await hasWayOut(name)) return;
  const { spec, pid } = await runningNode(name);
  const folder = folderOf(name);
  await closeWayOut(name);
  await mkdir(folder, { recursive: true });
  const cgroups = await makeCgroups(spec.cgroup);
  const flags = ["--disable-host-loopback", "--enable-sandbox", "--enable-seccomp", `--mtu=${outside.mtu}`, "--ready-fd=3"];
  const slirp = [binaries["slirp4netns"] ?? "slirp4netns", ...flags, "--netns-type=path", `/proc/${pid}/ns/net`, outside.device];
  const inNode = ["nsenter", `--pid=/proc/${pid}/ns/pid_for_children`, "--", ...slirp];
  const logFile = join(nodePaths(spec.folder).logs, "slirp4netns.log");
  const log = await open(logFile, "w", 0o600);
  const child = spawn("sh", ["-c", `${joinCgroups}exec "$@"`, "sh", ...cgroups, "--", ...inNode], {
    detached: true,
    cwd: "/",
    env: { PATH: process.env.PATH },
    stdio: ["ignore", log.fd, log.fd, "pipe"],
  });
  await log.close();
  const ready = child.stdio[3] as Readable;
  const failed = async (): Promise<never> => {
    const [status] = (await once(child, "exit")) as [number | null];
    const said = (await readFile(logFile, "utf8")).trim().split("\n").slice(-3).join("\n  ");
    throw new Error(`slirp4netns, the way out of the sandbox's pods, ended with ${status}; its log ends with:\n  ${said}`);
  };
  const late = (): Error => new Error(`slirp4netns was not ready after 10 s; see ${logFile}`);
  try {
    if (child.pid !== undefined) await saveProcess(folder, child.pid);
    await within(10_000, signal, () => Promise.race([once(ready, "data"), failed()]), late);
    await connect(spec, pid);
    await setNameServer(spec, pid, outside.nameServer);
    await writeWhole(markOf(name), "");
  } catch (error) {
    // What made it fail tells more than what fails because of it.
    await closeWayOut(name).catch(() => undefined);
    throw error;
  } finally {
    ready.destroy();
    child.unref();
  }
}

/** Takes the way out from a sandbox's pods; one that has none, or does not run, is no error. */
export async function closeWayOut(name: string): Promise<void> {
  await rm(markOf(name), { force: true });
  await endProcess(folderOf(name));
  if ((await findProcess(sandboxFolder(name))) === undefined) return;
  const { spec, pid } = await runningNode(name);
  // The interface, and with it its route, went with the process.
  const { ip, nft } = spec.tools;
  await inNetwork(pid, ip ?? "ip", ["route", "replace", "default", "via", spec.network.hostAddress]);
  await inNetwork(pid, nft ?? "nft", ["-f", "-"], `table ip ${table}\ndelete table ip ${table}\n`);
  await setNameServer(spec, pid);
}

async function connect({ tools, ...spec }: NodeSpec, pid: number): Promise<void> {
  const ip = (...args: string[]) => inNetwork(pid, tools["ip"] ?? "ip", args);
  await ip("address", "add", outside.address, "dev", outside.device);
  await ip("link", "set", outside.device, "up", "mtu", String(outside.mtu));
  await ip("route", "replace", "default", "via", outside.gateway, "dev", outside.device);
  await inNetwork(pid, tools["nft"] ?? "nft", ["-f", "-"], rules({ tools, ...spec }));
}

function inNetwork(pid: number, program: string, args: readonly string[], input?: string): Promise<string> {
  return run("nsenter", [`--net=/proc/${pid}/ns/net`, "--", program, ...args], { input });
}

/** Tells the node's name service whom to ask about names that are not the cluster's. It reads its file again at SIGUSR1. */
async function setNameServer(spec: NodeSpec, pid: number, address?: string): Promise<void> {
  const { file, pidFile } = dnsFiles(spec);
  await writeWhole(file, corefile(spec, address));
  const number = (await readFile(pidFile, "utf8")).trim();
  await run("nsenter", [`--pid=/proc/${pid}/ns/pid_for_children`, "--", "sh", "-c", 'kill -USR1 "$0"', number]);
}
