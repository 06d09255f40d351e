import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Redis as Client } from "ioredis";
import type { Context } from "mocha";
import { Redis } from "../../../components/redis/redis";
import { accessFiles, lookScript } from "../../../components/redis/redis-files";
import { run } from "../../../lib/command";
import { skipBecause } from "../../../lib/testing/skip";
import { StartedProcess } from "../../../standin/testing/process";
import { freePort } from "../../../standin/testing/redis";
import { find, mockEngine, register } from "../../../components/testing/pulumi-mocks";

/** Skips the tests where such pods cannot run. */
export async function needsRedisPods(context: Context): Promise<void> {
  if (process.platform !== "linux") skipBecause(context, "only Linux has 127.77.0.1 without being told");
  await run("redis-server", ["--version"]).catch(() => skipBecause(context, "redis-server is not on PATH"));
}

/** One command on a connection of its own. @throws Error when it is refused */
export async function callRedis(url: string, command: string): Promise<unknown> {
  const options = { lazyConnect: true, enableReadyCheck: false, disableClientInfo: true, commandTimeout: 5_000 };
  const redis = new Client(url, { ...options, maxRetriesPerRequest: 0, retryStrategy: () => null });
  redis.on("error", () => {});
  try {
    await redis.connect();
    return await redis.call(...(command.split(" ") as [string]));
  } finally {
    redis.disconnect();
  }
}

/** The passwords that the mocks and the tests give out. */
export const passwords = {
  clients: "TheClientsPassword1",
  members: "mocked-password",
  look: "mocked-password",
  pause: "mocked-password",
} as const;

interface Container {
  readonly name: string;
  readonly command: readonly string[];
}

/** What the component renders: files by their folder in the pod, and the pod itself. */
export interface Rendered {
  readonly files: { readonly [folder: string]: { readonly [name: string]: string } };
  readonly pod: { readonly initContainers?: readonly Container[]; readonly containers: readonly Container[] };
}

/** Renders the stack's Redis; `members` as the setting `redisReplicas`. */
export async function render(members: 1 | 3, password: string = passwords.clients): Promise<Rendered> {
  await mockEngine();
  const haproxyImage = members === 3 ? "haproxy" : undefined;
  const size = { redisMaxMemory: "64mb", redisStorage: "1Gi" };
  const args = { namespace: "demo", image: "redis", haproxyImage, password, secretName: "s", ...size };
  const made = await register((opts) => new Redis("redis", args, opts));
  const secret = (name: string) => find(made, "Secret", name).manifest.stringData ?? {};
  return {
    pod: find(made, "StatefulSet", "redis").manifest.spec.template.spec as unknown as Rendered["pod"],
    files: {
      "/etc/redis/config": find(made, "ConfigMap", "redis-config").manifest.data ?? {},
      "/etc/redis/auth": secret("redis-auth"),
      ...(members === 3 ? { "/etc/redis/seeds": secret("redis-seeds") } : {}),
    },
  };
}

/** The same with other files about passwords: what a change of either of them comes to. */
export function withPasswords({ pod, files }: Rendered, clients: string, members?: string): Rendered {
  return { pod, files: { ...files, "/etc/redis/auth": accessFiles(clients, passwords.look, passwords.pause, members) } };
}

/** Ports that stand in for those of a pod: here all pods share one machine. */
export interface PodPorts {
  readonly redis: number;
  readonly sentinel: number;
}

export async function freePodPorts(): Promise<PodPorts> {
  return { redis: await freePort(), sentinel: await freePort() };
}

/**
 * A rendered pod as processes of this machine: the pod's folders are in a scratch folder, its ports are others, and
 * members are loopback addresses. `/data` outlives {@link stop}, as a volume does.
 */
export class RenderedPod implements AsyncDisposable {
  #processes: StartedProcess<true>[] = [];

  private constructor(
    private readonly folder: string,
    private readonly name: string,
    readonly ports: PodPorts,
  ) {}

  static async create(name: string, ports: PodPorts): Promise<RenderedPod> {
    const pod = new RenderedPod(await mkdtemp(join(tmpdir(), "plano-affinity-pod-")), name, ports);
    await mkdir(join(pod.folder, "data"));
    return pod;
  }

  /** Address of a pod by its name: each has one of its own. */
  static host(name: string): string {
    return `127.77.0.${Number(name.slice(-1)) + 1}`;
  }

  get host(): string {
    return RenderedPod.host(this.name);
  }

  url(user: "default" | "member" | "look" | "pause" = "default", password: string = passwords.clients): string {
    return `redis://${user}:${password}@${this.host}:${this.ports.redis}`;
  }

  /**
   * Starts, or starts anew, with what is rendered.
   *
   * @param lines further ones for redis.conf
   * @throws Error with the output of a process that does not come up
   */
  async start({ files, pod }: Rendered, lines: readonly string[] = []): Promise<void> {
    await this.stop();
    for (const [folder, texts] of Object.entries(files)) {
      for (const [name, text] of Object.entries(texts)) {
        const path = join(this.folder, folder, name);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, [this.#local(text), ...(name === "redis.conf" ? lines : [])].join("\n"));
      }
    }
    for (const { command } of pod.initContainers ?? []) {
      const [program = "", ...args] = command.map((it) => this.#local(it));
      await run(program, args);
    }
    for (const { name, command } of pod.containers) {
      const [program = "", ...args] = command.map((it) => this.#local(it));
      const ready = (line: string) =>
        line.includes("Ready to accept connections") || line.includes("Sentinel ID is") || undefined;
      this.#processes.push(await StartedProcess.start({ name: `${name} of ${this.name}`, command: program, args, ready }));
    }
  }

  /** What `redis-cli` is in the pod, with this machine's own behind it. */
  async lookScript(...args: readonly string[]): Promise<string> {
    const file = join(this.folder, "etc/redis/config", lookScript.name);
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("exec redis-cli", `exec redis-cli -h ${this.host} -p ${this.ports.redis}`));
    const PATH = `/usr/local/sbin:${process.env.PATH?.replaceAll("/usr/local/sbin:", "")}`;
    return run("sh", [file, ...args], { env: { ...process.env, PATH } });
  }

  /** Ends all processes at once, as when a node dies. */
  async stop(): Promise<void> {
    await Promise.all(this.#processes.splice(0).map((it) => it.stop("SIGKILL")));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  #local(text: string): string {
    return text
      .replaceAll("$(POD_NAME)", this.name)
      .replace(/\b(redis-\d)\.redis-headless\.demo\.svc\.cluster\.local/g, (_, name: string) => RenderedPod.host(name))
      .replaceAll("bind * -::*", `bind ${this.host}`)
      .replace(/\b26379\b/g, String(this.ports.sentinel))
      .replace(/\b6379\b/g, String(this.ports.redis))
      .replace(/(^|\s)(\/etc\/redis|\/data)\b/gm, `$1${this.folder}$2`);
  }
}
