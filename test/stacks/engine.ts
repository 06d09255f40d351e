import { strict as assert } from "node:assert";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import type { Context } from "mocha";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { skipBecause } from "../../lib/testing/skip";
import { linkPlugins } from "../../sandbox/plugins/install";
import { findTool } from "../../sandbox/toolchain/ensure";
import { tools } from "../../sandbox/toolchain/tools";
import { type ProcessOutcome, PulumiStack, runProcess } from "./stack";

const ROOT = join(__dirname, "..", "..");

let found: string | undefined;

/** Skips the tests where there is no real engine. @returns its path */
export async function needsPulumi(context: Context): Promise<string> {
  found ??= (await findTool(tools.pulumi))?.binaries["pulumi"];
  return found ?? skipBecause(context, "there is no Pulumi on this machine");
}

/** An environment in which Pulumi keeps all that is its own in a folder, and fetches nothing. */
export async function engineEnvironment(folder: string): Promise<NodeJS.ProcessEnv> {
  const state = join(folder, "state");
  await mkdir(state);
  return {
    ...process.env,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
  };
}

/** A stack of its own, with the project's plugins, in a temporary folder. */
export class EngineStack extends PulumiStack implements AsyncDisposable {
  private constructor(
    readonly folder: string,
    private readonly engine: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {
    super();
  }

  /** Makes a stack of a program in TypeScript, where {@link needsPulumi} found an engine. @param env more of the engine's environment */
  static async of(program: string, env: NodeJS.ProcessEnv = {}): Promise<EngineStack> {
    const folder = await mkdtemp(join(tmpdir(), "plano-affinity-stack-"));
    await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "test", main: "index.ts" }));
    const runtime = { name: "nodejs", options: { typescript: false, nodeargs: "--require tsx/cjs" } };
    await writeFile(join(folder, "Pulumi.yaml"), JSON.stringify({ name: "test", runtime }));
    await writeFile(join(folder, "index.ts"), program);
    return EngineStack.in(folder, env);
  }

  /** Makes a stack of the program in a folder, which is removed with it. */
  static async in(folder: string, env: NodeJS.ProcessEnv = {}): Promise<EngineStack> {
    const engine = found ?? assert.fail("nobody has looked for Pulumi");
    await linkPlugins(join(folder, "home"));
    const stack = new EngineStack(folder, engine, {
      ...(await engineEnvironment(folder)),
      PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"]}`,
      ...env,
    });
    await stack.must("stack", "init", "dev");
    return stack;
  }

  async pulumi(...args: readonly string[]): Promise<ProcessOutcome> {
    return runProcess(this.engine, [...args, "--non-interactive"], this.env, undefined, this.folder);
  }

  /** Starts the engine and leaves it running. */
  start(...args: readonly string[]): ChildProcess {
    return spawn(this.engine, [...args, "--non-interactive"], { cwd: this.folder, env: this.env, stdio: "ignore" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pulumi("destroy", "--yes", "--skip-preview");
    await rm(this.folder, { recursive: true, force: true });
  }
}
