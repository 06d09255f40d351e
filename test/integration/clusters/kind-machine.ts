import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nodeImage } from "../../../clusters/kind/config";
import type { Reported } from "../../../clusters/kind/ready";
import { stateDir } from "../../../lib/paths";
import { Scratch } from "../../../lib/testing/scratch";
import { waitFor } from "../../../lib/wait";

/** A node container of the stand-in Docker. */
export interface FakeNode {
  readonly cluster: string;
  readonly id: string;
  readonly running: boolean;
  /** Default: long ago. */
  readonly startedAt?: string;
  /** As Docker's `HostConfig.PortBindings`. */
  readonly ports: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[]>>;
}

/** How a command of the stand-ins goes wrong. */
interface Fault {
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
  /** What the fake Docker runs on. Default 2. */
  readonly cgroupVersion?: string;
  /** Images of the nodes, by each of their names, and references that pods use. */
  readonly images?: readonly { readonly name: string; readonly digest: string }[];
  readonly used?: readonly string[];
  /** Id of the archive's image. */
  readonly archive?: string;
  /** A name that Docker has already, and the id of its image. */
  readonly named?: string;
  /** What nodes say of themselves, one answer after the other; then and by default: that all is well. */
  readonly reported?: readonly (readonly Reported[])[];
  /** What `kind get kubeconfig` prints; default: a text that names the node. */
  readonly kubeconfig?: string;
}

/** A machine of this process's own with nothing on PATH but recording stand-ins of `kind` and `docker`. */
export class KindMachine implements AsyncDisposable {
  private constructor(private readonly scratch: Scratch) {}

  /** @param path what is on PATH behind the stand-ins; default: nothing */
  static async make(nodes: readonly FakeNode[] = [], path?: string): Promise<KindMachine> {
    const machine = new KindMachine(await Scratch.make(path));
    process.env.STAND_IN = machine.folder;
    const source = `#!${process.execPath}\n${await readFile(join(__dirname, "kind-stand-in.cjs"), "utf8")}`;
    for (const name of ["kind", "docker"]) await machine.scratch.file(`bin/${name}`, source, 0o755);
    await machine.#write({ nodes, faults: {} });
    return machine;
  }

  get folder(): string {
    return this.scratch.folder;
  }

  async set(change: Partial<FakeState>): Promise<void> {
    await this.#write({ ...(await this.state()), ...change });
  }

  async state(): Promise<FakeState> {
    return JSON.parse(await this.scratch.read("state.json")) as FakeState;
  }

  async #write(state: FakeState): Promise<void> {
    await writeFile(join(this.folder, "state.json"), JSON.stringify(state));
  }

  /** The commands so far, without the questions for kind's version; temporary paths are written as `TMP`. */
  async calls() {
    const lines = (await this.scratch.read("calls").catch(() => "")).split("\n").filter((it) => it !== "");
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

  /** The commands that do something, or ask for more than which nodes there are. */
  async steps(): Promise<string[]> {
    return (await this.commands()).filter((it) => !/^docker (ps|inspect|info) /.test(it));
  }

  async forgetCalls(): Promise<void> {
    await rm(join(this.folder, "calls"), { force: true });
  }

  /** Waits until a command that hangs has been reached. @returns its process, and the one that started it */
  async hanging(): Promise<readonly number[]> {
    const file = join(this.folder, "hanging");
    await waitFor({ subject: "the command that hangs", limitMs: 90_000 }, () => (existsSync(file) ? true : undefined));
    return JSON.parse(await readFile(file, "utf8")) as number[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scratch[Symbol.asyncDispose]();
  }
}

/** The stack's own cluster. */
export const request = { name: "demo", joined: false, owner: "plano-affinity/dev", ownerFolder: "/checkout" };

/** The node of a cluster of that name that somebody else made. */
export const others: FakeNode = { cluster: "demo", id: "theirs", running: true, ports: {} };

/** Where it is recorded who made the cluster. */
export const ownerFile = (): string => join(stateDir(), "kind", "demo.json");

/** The commands that the provider gives. */
export const commands = {
  ps: "docker ps --all --quiet --no-trunc --filter label=io.x-k8s.kind.cluster=demo",
  inspect: (id: string): string => `docker inspect --type container ${id}`,
  create: `kind create cluster --name demo --config - --image ${nodeImage} --wait 180s --kubeconfig TMP/kubeconfig`,
  remove: "kind delete cluster --name demo --kubeconfig TMP/kubeconfig",
  kubeconfig: "kind get kubeconfig --name demo",
  ready:
    "docker exec demo-control-plane kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=5s " +
    "get nodes,leases,pods --all-namespaces --output=json",
};
