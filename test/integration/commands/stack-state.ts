import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { Context } from "mocha";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { projectName } from "../../../clusters/project-name";
import { run } from "../../../lib/command";
import { engineEnvironment, needsPulumi } from "../../stacks/engine";
import { npmRun, type ProcessOutcome } from "../../stacks/stack";

const project = projectName(resolve(__dirname, "..", "..", ".."));

/** A stack in a backend of its own that no program has made: its outputs are written into its state. */
export class StackState implements AsyncDisposable {
  private constructor(
    readonly name: string,
    readonly folder: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly program: string,
  ) {}

  /** Skips the tests on a machine without a Pulumi. */
  static async create(context: Context, name: string): Promise<StackState> {
    const program = await needsPulumi(context);
    const folder = await mkdtemp(join(tmpdir(), "plano-affinity-state-"));
    const env = { ...(await engineEnvironment(folder)), PULUMI_STACK: name, DISPLAY: "", WAYLAND_DISPLAY: "" };
    // Pulumi writes the salt of secrets beside Pulumi.yaml: that of the checkout is left alone.
    await writeFile(join(folder, "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\n`);
    return new StackState(name, folder, env, program);
  }

  async pulumi(...args: readonly string[]): Promise<void> {
    await run(this.program, [...args, "--non-interactive"], { cwd: this.folder, env: this.env });
  }

  /** Replaces all outputs. */
  async setOutputs(outputs: Readonly<Record<string, unknown>>): Promise<void> {
    const urn = `urn:pulumi:${this.name}::${project}::pulumi:pulumi:Stack::${project}-${this.name}`;
    const root = { urn, custom: false, type: "pulumi:pulumi:Stack", outputs };
    const file = join(this.folder, "state.json");
    await writeFile(file, JSON.stringify({ version: 3, deployment: { resources: [root] } }));
    await this.pulumi("stack", "import", "--file", file, "--stack", this.name);
  }

  /** Runs a task of the checkout for this stack. */
  task(...args: readonly string[]): Promise<ProcessOutcome> {
    return npmRun(args, this.env);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
