import { strict as assert } from "node:assert";
import { spawn, type ChildProcess } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import type { Context } from "mocha";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { skipBecause } from "../../lib/testing/skip";
import { linkPlugins } from "../../sandbox/plugins/install";
import { type ProcessOutcome, PulumiStack, runProcess } from "./stack";

const ROOT = join(__dirname, "..", "..");

/** The real engine: `PLANO_AFFINITY_PULUMI`, else `pulumi` of PATH; undefined where there is none. */
function findPulumi(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const candidates = [process.env["PLANO_AFFINITY_PULUMI"] ?? "", ...folders.map((folder) => join(folder, "pulumi"))];
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return path !== "";
    } catch {
      return false;
    }
  });
}

/** Skips the tests where there is no engine. */
export function needsPulumi(context: Context): void {
  if (findPulumi() === undefined) skipBecause(context, "there is no pulumi in PLANO_AFFINITY_PULUMI or on PATH");
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

  /** Makes a stack of a program in TypeScript. @param env more of the engine's environment */
  static async of(program: string, env: NodeJS.ProcessEnv = {}): Promise<EngineStack> {
    const engine = findPulumi() ?? assert.fail("there is no pulumi");
    const folder = await mkdtemp(join(tmpdir(), "plano-affinity-stack-"));
    await mkdir(join(folder, "state"));
    await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "test", main: "index.ts" }));
    const runtime = { name: "nodejs", options: { typescript: false, nodeargs: "--require tsx/cjs" } };
    await writeFile(join(folder, "Pulumi.yaml"), JSON.stringify({ name: "test", runtime }));
    await writeFile(join(folder, "index.ts"), program);
    await linkPlugins(join(folder, "home"));
    const stack = new EngineStack(folder, engine, {
      ...process.env,
      PULUMI_HOME: join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "1",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
      PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"]}`,
      ...env,
    });
    await stack.must("stack", "init", "dev");
    return stack;
  }

  async pulumi(...args: readonly string[]): Promise<ProcessOutcome> {
    return runProcess(this.engine, [...args, "--non-interactive"], this.env, undefined, this.folder);
  }

  /** Sets a setting. */
  async set(...keyAndValue: readonly string[]): Promise<void> {
    await this.must("config", "set", ...keyAndValue);
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
