import { createHash } from "node:crypto";
import { readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { basename, delimiter, dirname, join } from "node:path";
import { run } from "../../../lib/command";
import { silentProgress } from "../../../lib/progress";
import { waitFor } from "../../../lib/wait";
import { buildImage, type ImageDefinition } from "../../../sandbox/images/archive";
import { hierarchies, removeCgroups } from "../../../sandbox/lifecycle/cgroups";
import { ensureTools } from "../../../sandbox/toolchain/ensure";
import { StartedProcess } from "../../../standin/testing/process";
import { readKernel } from "../machine";

/** Keeps what a node's kubelet will change for the whole machine. */
const kernelFile = "kernel.json";

/** The parent of its containers' cgroups. */
function cgroupOf(folder: string): string {
  return `/plano-affinity/kind-${createHash("sha256").update(folder).digest("hex").slice(0, 8)}`;
}

/**
 * Lets go on what is frozen in a cgroup of version 1: runc 1.1 freezes a container for the moment in which it changes it,
 * and where the node's end catches runc in it, not even SIGKILL ends that container's processes.
 */
async function thaw(cgroup: string): Promise<void> {
  const freezer = (await hierarchies()).mounts.find((it) => basename(it) === "freezer");
  const folder = join(freezer ?? "/nonexistent", cgroup);
  const found = await readdir(folder, { recursive: true }).catch(() => []);
  for (const it of found)
    if (basename(it) === "freezer.state") await writeFile(join(folder, it), "THAWED").catch(() => undefined);
}

async function removeCgroup(folder: string): Promise<void> {
  await thaw(cgroupOf(folder));
  await removeCgroups(cgroupOf(folder));
}

/** What the engine and its containerd write beside their folders, whatever they are told, lands in those of this engine. */
const beginning = `set -e
for it in etc opt run; do
  [ -d /$it ] || continue
  mkdir -p "$0/over/$it" "$0/work/$it"
  mount -t overlay overlay -o "lowerdir=/$it,upperdir=$0/over/$it,workdir=$0/work/$it" /$it
done
ip link set lo up
exec dockerd "$@"`;

/** A Docker engine that runs containers, in a network, mounts and processes of its own, which go with it. */
export class KindEngine implements AsyncDisposable {
  #daemon: StartedProcess<unknown> | undefined;

  private constructor(
    /** Where everything is that it writes. */
    readonly folder: string,
    /** Environment in which `docker` is this engine's. */
    readonly env: NodeJS.ProcessEnv,
    private readonly args: readonly string[],
  ) {}

  /** Removes what an engine in a folder has left that was cut off; its processes, mounts and network went with it. */
  static async clear(folder: string): Promise<void> {
    await removeCgroup(folder);
    const kernel = JSON.parse(await readFile(join(folder, kernelFile), "utf8").catch(() => "{}")) as Record<string, string>;
    for (const [name, value] of Object.entries(kernel)) if (value !== "") await writeFile(join("/proc/sys", name), value);
    await rm(folder, { recursive: true, force: true });
  }

  /** @param folder with what an engine has kept in `data` before, or nothing there */
  static async start(folder: string): Promise<KindEngine> {
    await writeFile(join(folder, kernelFile), JSON.stringify(await readKernel()));
    const tools = await ensureTools(["docker", "containerd", "runc", "iptables", "iproute2", "kind"], silentProgress);
    const folders = Object.values(tools).flatMap((it) => Object.values(it.binaries).map((path) => dirname(path)));
    const socket = `unix://${join(folder, "docker.sock")}`;
    const env = {
      ...process.env,
      // docker-proxy stands beside the daemon.
      PATH: [...new Set(folders), process.env.PATH ?? "", dirname(tools.docker.programs["dockerd"] ?? "")].join(delimiter),
      DOCKER_HOST: socket,
      DOCKER_CONFIG: join(folder, "config"),
      XDG_STATE_HOME: join(folder, "state"),
      RUNC: tools.runc.binaries["runc"],
    };
    const options = {
      "data-root": join(folder, "data"),
      "exec-root": join(folder, "exec"),
      pidfile: join(folder, "pid"),
      host: socket,
      bip: "172.30.0.1/16",
      "cgroup-parent": cgroupOf(folder),
      "add-runtime": `node=${join(__dirname, "runc.sh")}`,
      "default-runtime": "node",
    };
    const engine = new KindEngine(
      folder,
      env,
      Object.entries(options).map(([key, value]) => `--${key}=${value}`),
    );
    await engine.#start();
    return engine;
  }

  /** What stands before a command that is to see what the engine's containers publish on 127.0.0.1. */
  get inside(): readonly string[] {
    return ["nsenter", `--net=${join(this.folder, "network")}`];
  }

  async #start(): Promise<void> {
    for (const it of ["pid", "exec", "network", "over", "work"])
      await rm(join(this.folder, it), { recursive: true, force: true });
    const unshare = ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child"];
    const start = ["sh", "-c", beginning, this.folder, ...this.args];
    const args = ["--pdeathsig", "KILL", ...unshare, ...start];
    const daemon = await StartedProcess.start({ name: "dockerd", command: "setpriv", args, env: this.env, ready: () => true });
    this.#daemon = daemon;
    try {
      await symlink(`/proc/${daemon.pid}/ns/net`, join(this.folder, "network"));
      await waitFor({ subject: "the engine", limitMs: 30_000 }, () => this.run("docker", "version"));
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw new Error(`${String(error)}\n${daemon.output()}`);
    }
  }

  /** Runs a command in the engine's network. @returns what it printed */
  async run(...command: readonly string[]): Promise<string> {
    const [first = "", ...args] = [...this.inside, ...command];
    return run(first, args, { env: this.env });
  }

  /** Makes an image from this machine's files and gives it a public name, in this engine only. */
  async provide(definition: ImageDefinition, as: string): Promise<void> {
    const { reference, file } = await buildImage(definition);
    await this.run("docker", "load", "--input", file);
    await this.run("docker", "tag", reference, as);
  }

  /** Ends the engine as the machine's init does, its containers included. */
  async stop(): Promise<void> {
    const daemon = this.#daemon;
    if (daemon === undefined) return;
    const { pid } = daemon;
    const child = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim();
    process.kill(Number(child), "SIGTERM");
    await this.#ending(() => waitFor({ subject: "the engine's end", limitMs: 60_000 }, () => daemon.child.exitCode ?? undefined));
    await this[Symbol.asyncDispose]();
  }

  async stopContainer(name: string): Promise<void> {
    await this.#ending(() => this.run("docker", "stop", name));
  }

  /** Waits for the end of containers, and of what is frozen in them. */
  async #ending(end: () => Promise<unknown>): Promise<void> {
    const thawing = setInterval(() => void thaw(cgroupOf(this.folder)), 1_000);
    await end().finally(() => clearInterval(thawing));
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.#start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon?.stop();
    this.#daemon = undefined;
    await removeCgroup(this.folder);
  }
}
