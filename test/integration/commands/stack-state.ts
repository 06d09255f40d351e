import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { projectName } from "../../../clusters/project-name";
import { run } from "../../../lib/command";
import { findTool } from "../../../sandbox/toolchain/ensure";
import { tools } from "../../../sandbox/toolchain/tools";
import { runProcess, type Outcome } from "../../stacks/stack";

const project = resolve(__dirname, "..", "..", "..");

/** A stack in a backend of its own that no program has made: its outputs are written into its state. */
export class StackState implements AsyncDisposable {
  private constructor(
    readonly name: string,
    readonly folder: string,
    readonly env: NodeJS.ProcessEnv,
    private readonly pulumi: string,
  ) {}

  /** @returns undefined without a Pulumi on this machine */
  static async create(name: string): Promise<StackState | undefined> {
    const pulumi = (await findTool(tools.pulumi))?.binaries["pulumi"];
    if (pulumi === undefined) return undefined;
    const folder = await mkdtemp(join(tmpdir(), "plano-affinity-state-"));
    const env = {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_HOME: join(folder, "home"),
      PULUMI_STACK: name,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      DISPLAY: "",
      WAYLAND_DISPLAY: "",
    };
    // Pulumi writes the salt of secrets beside Pulumi.yaml: that of the checkout is left alone.
    await writeFile(join(folder, "Pulumi.yaml"), `name: ${projectName(project)}\nruntime: nodejs\n`);
    return new StackState(name, folder, env, pulumi);
  }

  /** Makes the stack. */
  async init(): Promise<void> {
    await this.#run(["stack", "init", this.name]);
  }

  /** Replaces all outputs. */
  async setOutputs(outputs: Readonly<Record<string, unknown>>): Promise<void> {
    const its = projectName(project);
    const urn = `urn:pulumi:${this.name}::${its}::pulumi:pulumi:Stack::${its}-${this.name}`;
    const root = { urn, custom: false, type: "pulumi:pulumi:Stack", outputs };
    const file = join(this.folder, "state.json");
    await writeFile(file, JSON.stringify({ version: 3, deployment: { resources: [root] } }));
    await this.#run(["stack", "import", "--file", file, "--stack", this.name]);
  }

  /** Runs a task of the checkout for this stack. */
  task(...args: readonly string[]): Promise<Outcome> {
    return runProcess(process.execPath, [join(project, "commands", "bootstrap", "run.mjs"), ...args], this.env);
  }

  async #run(args: readonly string[]): Promise<void> {
    await run(this.pulumi, [...args, "--non-interactive"], { cwd: this.folder, env: this.env });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
