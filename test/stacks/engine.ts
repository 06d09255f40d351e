import { strict as assert } from "node:assert";
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import type { Context } from "mocha";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { skipBecause } from "../../lib/testing/skip";
import { linkPlugins } from "../../sandbox/plugins/install";
import type { Outcome } from "./stack";

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
export interface EngineStack extends AsyncDisposable {
  readonly folder: string;
  pulumi(...args: string[]): Promise<Outcome>;
  /** For what must succeed. @returns what it printed */
  must(...args: string[]): Promise<string>;
  /** `up`, which must succeed. @returns what it printed */
  up(...options: string[]): Promise<string>;
  /** `up`, which must fail, without a stack trace. @returns what it printed */
  upFails(): Promise<string>;
  destroy(): Promise<string>;
  /** Sets a setting. */
  set(...keyAndValue: string[]): Promise<string>;
  /** Starts the engine and leaves it running. */
  start(...args: string[]): ChildProcess;
  output(name: string): Promise<unknown>;
}

/** Makes a stack of a program in TypeScript. @param env more of the engine's environment */
export async function engineStack(program: string, env: NodeJS.ProcessEnv = {}): Promise<EngineStack> {
  const pulumi = findPulumi() ?? assert.fail("there is no pulumi");
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
  const run = (...args: string[]): Promise<Outcome> =>
    new Promise((resolve) => {
      execFile(pulumi, [...args, "--non-interactive"], { ...options, timeout: 120_000 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        resolve({ code, output: stdout + stderr });
      });
    });
  const must = async (...args: string[]): Promise<string> => {
    const { code, output } = await run(...args);
    assert.equal(code, 0, `pulumi ${args.join(" ")} exited with ${code}:\n${output}`);
    return output;
  };
  await must("stack", "init", "dev");
  return {
    folder,
    pulumi: run,
    must,
    up: (...more) => must("up", "--yes", "--skip-preview", ...more),
    upFails: async () => {
      const { code, output } = await run("up", "--yes", "--skip-preview");
      assert.notEqual(code, 0, output);
      assert.doesNotMatch(output, /\n +at /, "no stack trace");
      return output;
    },
    destroy: () => must("destroy", "--yes", "--skip-preview"),
    set: (...keyAndValue) => must("config", "set", ...keyAndValue),
    start: (...args) => spawn(pulumi, [...args, "--non-interactive"], { ...options, stdio: "ignore" }),
    output: async (name) => JSON.parse(await must("stack", "output", name, "--json", "--show-secrets")) as unknown,
    [Symbol.asyncDispose]: async () => {
      await run("destroy", "--yes", "--skip-preview");
      await rm(folder, { recursive: true, force: true });
    },
  };
}
