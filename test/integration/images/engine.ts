import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { type CommandOptions, run } from "../../../lib/command";
import { silentProgress } from "../../../lib/progress";
import { waitFor } from "../../../lib/wait";
import { buildImage, type ImageDefinition } from "../../../sandbox/images/archive";
import { removeCgroups } from "../../../sandbox/lifecycle/cgroups";
import { ensureTool, ensureTools } from "../../../sandbox/toolchain/ensure";
import { testTools } from "../../../sandbox/toolchain/testing/tools";
import { StartedProcess } from "../../../standin/testing/process";

/** Why no engine or no registry is available, in one line; `undefined` when both are. */
export async function whyNoEngine(): Promise<string | undefined> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "an engine of its own needs Linux and root";
  const engine = ensureTools(["docker", "containerd", "runc"], silentProgress);
  return Promise.all([engine, ensureTool(testTools["docker-registry"], silentProgress)]).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)).split("\n")[0],
  );
}

/**
 * A container engine of a test's own: its data, its socket, its mounts and its processes go with it. It changes
 * neither the machine's firewall nor its bridges, so that a build has a network only with `--network host`.
 */
export class PrivateDocker implements AsyncDisposable {
  private constructor(
    readonly folder: string,
    /** Environment in which `docker` is the private engine's. */
    readonly env: NodeJS.ProcessEnv,
    private readonly daemon: StartedProcess<unknown>,
    private readonly cgroup: string,
  ) {}

  /**
   * @param insecureRegistries `host:port` or networks of registries that speak plain HTTP.
   * @throws Error naming what is missing, where the engine is not available.
   */
  static async start(insecureRegistries: readonly string[] = []): Promise<PrivateDocker> {
    const tools = await ensureTools(["docker", "containerd", "runc"], silentProgress);
    const folder = await mkdtemp(join(tmpdir(), "plano-affinity-docker-"));
    const programs = Object.values(tools).flatMap((it) => Object.values(it.binaries));
    const socket = `unix://${join(folder, "docker.sock")}`;
    await mkdir(join(folder, "bin"));
    // The build's network is not a setting of Docker's, so that only a program in front of it can give it one.
    const real = tools.docker.binaries["docker"] ?? "docker";
    const shim = `#!/bin/sh\nif [ "$1" = build ]; then shift; exec ${real} build --network host "$@"; fi\nexec ${real} "$@"\n`;
    await writeFile(join(folder, "bin", "docker"), shim, { mode: 0o755 });
    const env = {
      ...process.env,
      PATH: [join(folder, "bin"), ...new Set(programs.map((it) => dirname(it))), process.env.PATH ?? ""].join(delimiter),
      DOCKER_HOST: socket,
      DOCKER_CONFIG: join(folder, "config"),
    };
    const cgroup = `/plano-affinity/${basename(folder)}`;
    const options = {
      "data-root": join(folder, "data"),
      "exec-root": join(folder, "exec"),
      pidfile: join(folder, "pid"),
      host: socket,
      bridge: "none",
      iptables: "false",
      ip6tables: "false",
      "cgroup-parent": cgroup,
    };
    const args = [
      ...Object.entries(options).map(([key, value]) => `--${key}=${value}`),
      ...insecureRegistries.map((it) => `--insecure-registry=${it}`),
    ];
    // Namespaces of its own: with its first process all others and every mount go.
    const unshare = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "dockerd", ...args];
    const command = { name: "dockerd", command: "setpriv", args: ["--pdeathsig", "KILL", ...unshare], env };
    const daemon = await StartedProcess.start({ ...command, ready: () => true });
    const docker = new PrivateDocker(folder, env, daemon, cgroup);
    try {
      await waitFor({ subject: "the private Docker daemon", limitMs: 30_000 }, () => docker.run(["version"]));
      return docker;
    } catch (error) {
      await docker[Symbol.asyncDispose]();
      throw new Error(`${String(error)}\n${daemon.output()}`);
    }
  }

  /** Runs `docker` against this engine and returns what it printed. */
  async run(args: readonly string[], options: CommandOptions = {}): Promise<string> {
    return run("docker", args, { env: this.env, ...options });
  }

  /** Makes an image from this machine's files and gives it a public name, in this engine only. */
  async provide(definition: ImageDefinition, as: string): Promise<void> {
    const { reference, file } = await buildImage(definition);
    await this.run(["load", "--input", file]);
    await this.run(["tag", reference, as]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It has ended when the last process that has its streams has.
    await this.daemon.stop();
    await removeCgroups(this.cgroup);
    await rm(this.folder, { recursive: true, force: true });
  }
}
