import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectName } from "../../clusters/project-name";

const project = join(__dirname, "..", "..");

/** What a command came to. */
export interface Outcome {
  readonly code: number;
  /** Both streams, in the order in which they came. */
  readonly output: string;
}

/** A stack of the tests' own: backend, passphrase and settings in a temporary folder, the program from this checkout. */
export class TestStack implements AsyncDisposable {
  private constructor(
    readonly name: string,
    readonly folder: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** Makes an empty stack whose sandbox has the stack's name. */
  static async create(name: string, config: Readonly<Record<string, unknown>> = {}): Promise<TestStack> {
    const folder = await mkdtemp(join(tmpdir(), `plano-affinity-${name}-`));
    const env = { ...process.env, PULUMI_BACKEND_URL: `file://${folder}`, PULUMI_CONFIG_PASSPHRASE: "test", NO_COLOR: "1" };
    const stack = new TestStack(name, folder, env);
    await stack.configure({ clusterName: name, cluster: "sandbox", ...config });
    await stack.must(["stack", "init", name]);
    return stack;
  }

  /** Replaces settings of the stack; `undefined` takes one away. */
  async configure(settings: Readonly<Record<string, unknown>>): Promise<void> {
    const file = join(this.folder, "settings.json");
    const old = existsSync(file)
      ? (JSON.parse(await readFile(file, "utf8")) as { config: Record<string, unknown> })
      : { config: {} };
    for (const [key, value] of Object.entries(settings)) old.config[`${projectName(project)}:${key}`] = value;
    await writeFile(file, JSON.stringify(old));
  }

  /** Runs `npm run pulumi -- …` for this stack. `onOutput` sees what it prints so far. */
  async pulumi(args: readonly string[], onOutput?: (soFar: string, pid: number) => void): Promise<Outcome> {
    const [first, ...rest] = args;
    const config = ["up", "preview", "destroy", "refresh", "config"].includes(first ?? "")
      ? ["--config-file", join(this.folder, "settings.json")]
      : [];
    const stack = first === "stack" && rest[0] === "init" ? [] : ["--stack", this.name];
    return runProcess(
      process.execPath,
      ["commands/bootstrap/run.mjs", "pulumi", "--non-interactive", ...args, ...stack, ...config],
      this.env,
      onOutput,
    );
  }

  /** Runs `npm run down` for this stack. */
  async down(): Promise<Outcome> {
    const options = ["--yes", "--skip-preview", "--non-interactive", "--stack", this.name];
    const config = ["--config-file", join(this.folder, "settings.json")];
    return runProcess(process.execPath, ["commands/bootstrap/run.mjs", "down", ...options, ...config], this.env);
  }

  /** Like {@link pulumi}, for what must succeed. */
  async must(args: readonly string[]): Promise<string> {
    const { code, output } = await this.pulumi(args);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} exited with ${code}:\n${output}`);
    return output;
  }

  /** One output of the stack, secrets in clear. */
  async output<T>(name: string): Promise<T> {
    const { stdout } = await runQuietly(
      ["commands/bootstrap/run.mjs", "pulumi", "stack", "output", name, "--json", "--show-secrets", "--stack", this.name],
      this.env,
    );
    return JSON.parse(stdout) as T;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pulumi(["destroy", "--yes", "--skip-preview"]);
    await rm(this.folder, { recursive: true, force: true });
    // Pulumi writes the key of the stack's secrets beside the program.
    await rm(join(project, `Pulumi.${this.name}.yaml`), { force: true });
  }
}

/** A user's mistake is told in words, without the places in the code where it was found. */
export function assertNoStackTrace(output: string): void {
  assert.doesNotMatch(output, /^\s+at .+:\d+:\d+\)?$/m);
}

/** Starts a program of this checkout and waits for its end. */
export async function runProcess(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  onOutput?: (soFar: string, pid: number) => void,
): Promise<Outcome> {
  const child = spawn(command, args, { cwd: project, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      if (child.pid !== undefined) onOutput?.(output, child.pid);
    });
  }
  const code = await new Promise<number>((resolve) => child.once("close", (it) => resolve(it ?? 130)));
  return { code, output };
}

async function runQuietly(args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ stdout: string }> {
  const child = spawn(process.execPath, args, { cwd: project, env, stdio: ["ignore", "pipe", "inherit"] });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`${args.join(" ")} exited with ${String(code)}`);
  return { stdout };
}
