import { execFile, spawn, type ChildProcess } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { linkPlugins } from "../../../sandbox/plugins/install";

const ROOT = join(__dirname, "..", "..", "..");

/** The real engine: `PLANO_AFFINITY_PULUMI`, else `pulumi` of PATH, if there is one. */
export function findPulumi(): string | undefined {
  const candidates = [
    process.env["PLANO_AFFINITY_PULUMI"],
    ...(process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "pulumi")),
  ];
  return candidates.find((path) => {
    try {
      if (path === undefined || path === "") return false;
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** How one run of the engine ended. */
export interface EngineRun {
  readonly code: number;
  /** stdout and stderr. */
  readonly output: string;
  readonly durationMs: number;
}

/** A stack with the project's plugins, in a temporary folder. */
export interface TestStack extends AsyncDisposable {
  readonly folder: string;
  pulumi(...args: string[]): Promise<EngineRun>;
  /** Starts the engine and leaves it running. */
  start(...args: string[]): ChildProcess;
  output(name: string): Promise<unknown>;
}

/** Makes a stack of a program in TypeScript. @param env more of the engine's environment */
export async function createStack(pulumi: string, program: string, env: NodeJS.ProcessEnv = {}): Promise<TestStack> {
  const folder = await mkdtemp(join(tmpdir(), "plano-affinity-stack-"));
  await mkdir(join(folder, "state"));
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "test", main: "index.ts" }));
  await writeFile(
    join(folder, "Pulumi.yaml"),
    JSON.stringify({ name: "test", runtime: { name: "nodejs", options: { typescript: false, nodeargs: "--require tsx/cjs" } } }),
  );
  await writeFile(join(folder, "index.ts"), program);
  await linkPlugins(join(folder, "home"));
  const options = {
    cwd: folder,
    env: {
      ...process.env,
      PULUMI_HOME: join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "1",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
      PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"]}`,
      ...env,
    },
  };
  const run = (...args: string[]): Promise<EngineRun> => {
    const started = Date.now();
    return new Promise((resolve) => {
      execFile(pulumi, [...args, "--non-interactive"], { ...options, timeout: 120_000 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        resolve({ code, output: stdout + stderr, durationMs: Date.now() - started });
      });
    });
  };
  const init = await run("stack", "init", "dev");
  if (init.code !== 0) throw new Error(`pulumi stack init failed:\n${init.output}`);
  return {
    folder,
    pulumi: run,
    start: (...args) => spawn(pulumi, [...args, "--non-interactive"], { ...options, stdio: "ignore" }),
    output: async (name) => JSON.parse((await run("stack", "output", name, "--json", "--show-secrets")).output) as unknown,
    [Symbol.asyncDispose]: async () => {
      await run("destroy", "--yes", "--skip-preview");
      await rm(folder, { recursive: true, force: true });
    },
  };
}
