import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { projectName } from "../../clusters/project-name";
import type { Affinity } from "../../components/proof/proof";
import { run } from "../../lib/command";
import { reportPage } from "../../lib/paths";
import type { Report } from "../../verify";
import { needsSandbox } from "./leftovers";

const project = join(__dirname, "..", "..");
const runner = "commands/bootstrap/run.mjs";

/** What a command came to. */
export interface Outcome {
  readonly code: number;
  /** Both streams, in the order in which they came. */
  readonly output: string;
}

/** Sees what a process prints so far. */
export type OnOutput = (soFar: string, pid: number) => void;

/** The two streams apart, too. */
export interface ProcessOutcome extends Outcome {
  readonly stdout: string;
  readonly stderr: string;
}

/** A stack, however its engine is run. */
export abstract class PulumiStack {
  abstract pulumi(...args: readonly string[]): Promise<ProcessOutcome>;

  /** Like {@link pulumi}, for what must succeed. */
  async #succeed(args: readonly string[]): Promise<ProcessOutcome> {
    const outcome = await this.pulumi(...args);
    assert.equal(outcome.code, 0, `pulumi ${args.join(" ")} exited with ${outcome.code}:\n${outcome.output}`);
    return outcome;
  }

  /** For what must succeed. @returns what it printed */
  async must(...args: readonly string[]): Promise<string> {
    return (await this.#succeed(args)).output;
  }

  /** `up`, which must succeed. @returns what it printed */
  async up(...options: readonly string[]): Promise<string> {
    return this.must("up", "--yes", "--skip-preview", ...options);
  }

  /** `up`, which must fail, in words. @returns what it printed */
  async upFails(): Promise<string> {
    const { code, output } = await this.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(code, 0, output);
    assertNoStackTrace(output);
    return output;
  }

  /** `destroy`, which must succeed. @returns what it printed */
  async destroy(): Promise<string> {
    return this.must("destroy", "--yes", "--skip-preview");
  }

  /** One output of the stack, secrets in clear. */
  async output<T = unknown>(name: string): Promise<T> {
    return JSON.parse((await this.#succeed(["stack", "output", name, "--json", "--show-secrets"])).stdout) as T;
  }
}

/** A stack of the tests' own: backend, passphrase and settings in a temporary folder, the program from this checkout. */
export class TestStack extends PulumiStack implements AsyncDisposable {
  private constructor(
    readonly name: string,
    readonly folder: string,
    private env: NodeJS.ProcessEnv,
    private readonly inside: readonly string[],
  ) {
    super();
  }

  /**
   * Makes an empty stack whose sandbox has the stack's name.
   *
   * @param inside what stands before its commands, as `nsenter` does that leads to where its cluster answers
   * @param more of its commands' environment
   */
  static async create(
    name: string,
    config: Readonly<Record<string, unknown>> = {},
    inside: readonly string[] = [],
    more: NodeJS.ProcessEnv = {},
  ): Promise<TestStack> {
    const folder = await mkdtemp(join(tmpdir(), `plano-affinity-${name}-`));
    const env = {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      NO_COLOR: "1",
      ...more,
    };
    const stack = new TestStack(name, folder, env, inside);
    await stack.configure({ clusterName: name, cluster: "sandbox", ...config });
    await stack.must("stack", "init", name);
    return stack;
  }

  /** From now on its commands have other values in their environment; `undefined` takes one away. */
  changeEnvironment(values: NodeJS.ProcessEnv): void {
    this.env = { ...this.env, ...values };
  }

  /** Replaces settings of the stack; `undefined` takes one away. */
  async configure(settings: Readonly<Record<string, unknown>>): Promise<void> {
    const text = await readFile(this.#configFile, "utf8").catch(() => '{"config":{}}');
    const file = JSON.parse(text) as { config: Record<string, unknown> };
    for (const [key, value] of Object.entries(settings)) file.config[`${projectName(project)}:${key}`] = value;
    await writeFile(this.#configFile, JSON.stringify(file));
  }

  /** Runs `npm run pulumi -- …` for this stack. */
  async pulumi(...args: readonly string[]): Promise<ProcessOutcome> {
    return this.pulumiWatched(args);
  }

  /** The same. `onOutput` sees what it prints so far. */
  async pulumiWatched(args: readonly string[], onOutput?: OnOutput): Promise<ProcessOutcome> {
    const [first = "", second] = args;
    const config = ["up", "preview", "destroy", "refresh", "config"].includes(first) ? ["--config-file", this.#configFile] : [];
    const stack = first === "stack" && second === "init" ? [] : ["--stack", this.name];
    return this.npm(["pulumi", "--non-interactive", ...args, ...stack, ...config], this.env, onOutput);
  }

  get #configFile(): string {
    return join(this.folder, "settings.json");
  }

  /** Runs `npm run down` for this stack. */
  async down(): Promise<Outcome> {
    const options = ["--yes", "--skip-preview", "--non-interactive", "--stack", this.name, "--config-file", this.#configFile];
    return this.npm(["down", ...options], this.env);
  }

  /** Runs `npm run …` where the stack's cluster answers. */
  npm(args: readonly string[], env: NodeJS.ProcessEnv = this.env, onOutput?: OnOutput): Promise<ProcessOutcome> {
    return npmRun(args, env, onOutput, this.inside);
  }

  async setSecret(key: string, value: string): Promise<void> {
    await this.must("config", "set", "--secret", key, value);
  }

  /** What the stack says of its proof. */
  affinity(): Promise<Affinity> {
    return this.output<Affinity>("affinity");
  }

  /** The environment of somebody whose kubeconfig is the one that the stack exports. */
  async environment(): Promise<NodeJS.ProcessEnv> {
    const KUBECONFIG = join(this.folder, "kubeconfig");
    await writeFile(KUBECONFIG, await this.output<string>("kubeconfig"), { mode: 0o600 });
    return { ...process.env, KUBECONFIG, NO_COLOR: "1" };
  }

  /** Runs `npm run verify -- …` on the stack's cluster. @param wanted its exit code; default: any */
  async verify(
    args: readonly string[],
    wanted?: number,
    onOutput?: OnOutput,
  ): Promise<Outcome & { readonly report: () => Promise<Report> }> {
    const path = join(this.folder, "report.json");
    const outcome = await this.npm(["verify", ...args, "--report", `json=${path}`], await this.environment(), onOutput);
    if (wanted !== undefined) assert.equal(outcome.code, wanted, outcome.output);
    return { ...outcome, report: async () => JSON.parse(await readFile(path, "utf8")) as Report };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pulumi("destroy", "--yes", "--skip-preview");
    await rm(this.folder, { recursive: true, force: true });
    // Pulumi writes the key of the stack's secrets beside the program.
    await rm(join(project, `Pulumi.${this.name}.yaml`), { force: true });
    await rm(dirname(reportPage(project, this.name)), { recursive: true, force: true });
  }
}

/** A stack for a suite's tests, on a sandbox of its own: made before them, not up yet, and destroyed after them. */
export function stackOfSuite(name: string, config: Readonly<Record<string, unknown>> = {}): () => TestStack {
  let stack: TestStack | undefined;
  before(async function () {
    await needsSandbox(this);
    stack = await TestStack.create(name, config);
  });
  after(() => stack?.[Symbol.asyncDispose]());
  return () => stack ?? assert.fail("there is no stack yet");
}

/** A user's mistake is told in words, without the places in the code where it was found. */
export function assertNoStackTrace(output: string): void {
  assert.doesNotMatch(output, /^\s+at .+:\d+:\d+\)?$/m);
}

/** That Pulumi found nothing to do. */
export function assertUnchanged(output: string): void {
  assert.match(output, /Resources:\s+\d+ unchanged\s/);
  assert.doesNotMatch(output, /\d+ (created|updated|replaced|deleted)/);
}

/** The text behind a row's label in what `npm run status` prints. */
export function statusRow(output: string, label: string): string {
  const line = output.split("\n").find((it) => it.startsWith(`${label.padEnd(11)} `));
  return line?.slice(12) ?? assert.fail(`there is no row ${label} in\n${output}`);
}

/** Copies what is in this checkout now, committed or not. @returns the files, relative to it */
export async function copyCheckout(to: string): Promise<string[]> {
  const listed = await run("git", ["-C", project, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
  const files = [...new Set(listed.split("\0"))].filter((path) => path !== "" && existsSync(join(project, path))).sort();
  for (const path of files) await cp(join(project, path), join(to, path));
  return files;
}

/** Runs `npm run …` in this checkout. @param inside what stands before it; default: nothing */
export function npmRun(
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
  onOutput?: OnOutput,
  inside: readonly string[] = [],
): Promise<ProcessOutcome> {
  const [first = "", ...rest] = [...inside, process.execPath, runner, ...args];
  return runProcess(first, rest, env, onOutput);
}

/** Starts a program and waits for its end. @param cwd default: this checkout */
export async function runProcess(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  onOutput?: OnOutput,
  cwd = project,
): Promise<ProcessOutcome> {
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const said = { output: "", stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      said[name] += chunk;
      said.output += chunk;
      if (child.pid !== undefined) onOutput?.(said.output, child.pid);
    });
  }
  const code = await new Promise<number>((resolve) => child.once("close", (it) => resolve(it ?? 130)));
  return { code, ...said };
}
