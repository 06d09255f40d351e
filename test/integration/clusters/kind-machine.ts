import assert from "node:assert/strict";
import { spawn, type ChildProcess, type ChildProcessByStdio } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { nodeImage } from "../../../clusters/kind/config";
import { temporaryFolder } from "../../../lib/files";
import { waitFor } from "../../../lib/wait";

const ROOT = join(__dirname, "..", "..", "..");

/** A node container of the stand-in Docker. */
export interface FakeNode {
  readonly cluster: string;
  readonly id: string;
  readonly running: boolean;
  /** As Docker's `HostConfig.PortBindings`. */
  readonly ports: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[]>>;
}

/** How a command of the stand-ins goes wrong. */
export interface Fault {
  readonly says: string;
  /** How often; default: always. */
  readonly times?: number;
  /** It prints nothing and does not end. */
  readonly hangs?: boolean;
}

/** What the stand-ins know; faults by the command's first two words: `kind create`. */
export interface FakeState {
  readonly nodes: readonly FakeNode[];
  readonly faults: Readonly<Record<string, Fault>>;
  /** The ports of a node that is made. */
  readonly published: FakeNode["ports"];
  /** What `kind get kubeconfig` prints; default: a text that names the node. */
  readonly kubeconfig?: string;
}

/** Ports as the stack's own clusters publish them. */
export const ownPorts: FakeNode["ports"] = {
  "6443/tcp": [{ HostIp: "127.0.0.1", HostPort: "41234" }],
  "32000/tcp": [{ HostIp: "127.0.0.1", HostPort: "32000" }],
  "31686/tcp": [{ HostIp: "127.0.0.1", HostPort: "16686" }],
};

/** A machine with nothing on PATH but recording stand-ins of `kind` and `docker`. */
export class KindMachine implements AsyncDisposable {
  readonly #children = new Set<ChildProcess>();
  readonly folder: string;

  private constructor(private readonly temporary: Awaited<ReturnType<typeof temporaryFolder>>) {
    this.folder = temporary.path;
  }

  static async make(nodes: readonly FakeNode[] = []): Promise<KindMachine> {
    const machine = new KindMachine(await temporaryFolder("plano-affinity-kind-machine-"));
    await mkdir(join(machine.folder, "bin"));
    const source = `#!${process.execPath}\n${await readFile(join(__dirname, "kind-stand-in.cjs"), "utf8")}`;
    for (const name of ["kind", "docker"]) await writeFile(join(machine.folder, "bin", name), source, { mode: 0o755 });
    await machine.#write({ nodes, faults: {}, published: ownPorts });
    return machine;
  }

  /** The environment in which the stand-ins are found. */
  get env(): NodeJS.ProcessEnv {
    return {
      HOME: this.folder,
      PATH: join(this.folder, "bin"),
      XDG_CACHE_HOME: join(this.folder, "cache"),
      XDG_STATE_HOME: join(this.folder, "state"),
      STAND_IN: this.folder,
    };
  }

  async set(change: Partial<FakeState>): Promise<void> {
    await this.#write({ ...(await this.state()), ...change });
  }

  async state(): Promise<FakeState> {
    return JSON.parse(await readFile(join(this.folder, "state.json"), "utf8")) as FakeState;
  }

  async #write(state: FakeState): Promise<void> {
    await writeFile(join(this.folder, "state.json"), JSON.stringify(state));
  }

  /** The commands so far, without the questions for kind's version; temporary paths are written as `TMP`. */
  async calls() {
    const lines = (await readFile(join(this.folder, "calls"), "utf8").catch(() => "")).split("\n").filter((it) => it !== "");
    return lines
      .map((it) => JSON.parse(it) as { words: string[]; stdin: string; env: Record<string, string> })
      .map(({ words, ...rest }) => ({
        ...rest,
        command: words.join(" ").replace(/\S+\/plano-affinity-(kind|image)-\w+\//, "TMP/"),
      }))
      .filter((it) => it.command !== "kind version");
  }

  async commands(): Promise<string[]> {
    return (await this.calls()).map((it) => it.command);
  }

  async forgetCalls(): Promise<void> {
    await rm(join(this.folder, "calls"), { force: true });
  }

  /**
   * Runs an operation of the provider's process, as the dynamic resources do.
   *
   * @returns how it ended; the message is what was printed for people, steps left out
   */
  async operate(operation: string, inputs: object, env: NodeJS.ProcessEnv = {}) {
    const child = this.start(operation, inputs, env);
    const [output, messages, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve) => child.once("close", resolve)),
    ]);
    const shown = messages.split("\n").filter((it) => !/^ [•✓✗] /.test(it));
    const outputs = (output === "" ? {} : JSON.parse(output)) as Record<string, unknown>;
    return { code, outputs, message: shown.join("\n").trim() };
  }

  /** Starts an operation and leaves it running. */
  start(operation: string, inputs: object, env: NodeJS.ProcessEnv = {}): ChildProcessByStdio<Writable, Readable, Readable> {
    const child = spawn(process.execPath, ["--require", "tsx/cjs", "clusters/kind-provider.ts", operation], {
      cwd: ROOT,
      env: { ...this.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#children.add(child);
    child.once("close", () => this.#children.delete(child));
    child.stdin.end(JSON.stringify(inputs));
    return child;
  }

  /** Waits until a command that hangs has been reached. */
  async untilHanging(): Promise<void> {
    await waitFor({ subject: "the command that hangs", limitMs: 90_000 }, () =>
      existsSync(join(this.folder, "hanging")) ? true : undefined,
    );
  }

  /** Ends the operation whose command hangs, as a machine that goes down does: without a chance to clean up. */
  async killHanging(): Promise<void> {
    const file = join(this.folder, "hanging");
    for (const pid of JSON.parse(await readFile(file, "utf8")) as number[]) process.kill(pid, "SIGKILL");
    await rm(file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
    await this.temporary[Symbol.asyncDispose]();
  }
}

/** The stack's own cluster. */
export const request = { name: "demo", joined: false, owner: "plano-affinity/dev", ownerFolder: "/checkout" };

/** The node of a cluster of that name that somebody else made. */
export const others: FakeNode = { cluster: "demo", id: "theirs", running: true, ports: {} };

/** The commands that the provider gives. */
export const ps = "docker ps --all --quiet --no-trunc --filter label=io.x-k8s.kind.cluster=demo";
export const inspect = (id: string): string => `docker inspect --type container ${id}`;
export const create = `kind create cluster --name demo --config - --image ${nodeImage} --wait 180s --kubeconfig TMP/kubeconfig`;
export const remove = "kind delete cluster --name demo --kubeconfig TMP/kubeconfig";
export const kubeconfig = "kind get kubeconfig --name demo";
export const ready =
  "docker exec demo-control-plane kubectl --kubeconfig=/etc/kubernetes/admin.conf wait --for=condition=Ready nodes --all --timeout=5s";

/** A machine on which the stack has made its cluster. */
export async function withCluster() {
  const machine = await KindMachine.make();
  const { code, outputs, message } = await machine.operate("create", request);
  assert.equal(code, 0, message);
  await machine.forgetCalls();
  return Object.assign(machine, { made: { ...request, ...outputs }, id: String(outputs["clusterId"]) });
}
