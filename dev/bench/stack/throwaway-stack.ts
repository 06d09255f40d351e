import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { projectName } from "../../../clusters/project-name";
import { run } from "../../../lib/command";
import { listSandboxes, sandboxFolder } from "../../../sandbox/lifecycle/registry";
import { removeSandbox } from "../../../sandbox/lifecycle/sandbox";
import { nodePaths } from "../../../sandbox/node/spec";

const project = join(__dirname, "..", "..", "..");

/**
 * The stack and its sandbox. The name begins as those of the end-to-end tests do, so that git leaves its settings alone
 * and the next tests remove what a run that was killed has left.
 */
const name = "e2e-bench";

/** Longest time of one command, in seconds; the first may have to build images. */
const limitSeconds = 900;

const settingsFile = join(project, `Pulumi.${name}.yaml`);

/** A stack of the benchmark's own on a sandbox: backend and passphrase in a temporary folder, the program from here. */
export class ThrowawayStack implements AsyncDisposable {
  private constructor(
    private readonly folder: string,
    private readonly signal: AbortSignal,
  ) {}

  /** A stack of which nothing exists yet, with Pulumi and its plugins at hand. @throws CommandError when these are not */
  static async create(signal: AbortSignal): Promise<ThrowawayStack> {
    await removeWhatIsLeft();
    const stack = new ThrowawayStack(await mkdtemp(join(tmpdir(), `plano-affinity-${name}-`)), signal);
    const prefix = projectName(project);
    const config = { [`${prefix}:cluster`]: "sandbox", [`${prefix}:clusterName`]: name };
    try {
      await writeFile(settingsFile, stringify({ config }));
      await stack.#task(["pulumi", "version"]);
      return stack;
    } catch (error) {
      await stack[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Runs `npm start`.
   *
   * @param timings file for its profile
   * @returns wall time in seconds
   * @throws CommandError when it does not succeed
   */
  start(timings?: string): Promise<number> {
    return this.#task(["start", ...(timings === undefined ? [] : [`--timings=${timings}`])]);
  }

  /** Changes a setting. */
  async set(key: string, value: string): Promise<void> {
    await this.#task(["pulumi", "config", "set", key, value, "--stack", name]);
  }

  /** Runs `npm run pulumi -- destroy --yes`. @returns wall time in seconds */
  destroy(): Promise<number> {
    return this.#task(["pulumi", "destroy", "--yes", "--stack", name]);
  }

  /** Content of the sandbox's kubeconfig. */
  kubeconfig(): Promise<string> {
    return readFile(nodePaths(sandboxFolder(name)).kubeconfig, "utf8");
  }

  /** Whatever a run that failed has left goes as well. */
  async [Symbol.asyncDispose](): Promise<void> {
    await removeWhatIsLeft();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Runs what an npm script runs, from before the start of Node.js to its end. @returns seconds */
  async #task(args: readonly string[]): Promise<number> {
    const env = {
      ...process.env,
      PULUMI_STACK: name,
      PULUMI_BACKEND_URL: `file://${this.folder}`,
      PULUMI_CONFIG_PASSPHRASE: "bench",
      NO_COLOR: "1",
    };
    const limit = AbortSignal.timeout(limitSeconds * 1000);
    const signal = AbortSignal.any([this.signal, limit]);
    const since = performance.now();
    try {
      await run(process.execPath, [join("commands", "bootstrap", "run.mjs"), ...args], { cwd: project, env, signal });
    } catch (error) {
      if (!limit.aborted || this.signal.aborted) throw error;
      throw new Error(`npm run ${args.join(" ")} did not end within ${limitSeconds} s`, { cause: error });
    }
    return (performance.now() - since) / 1000;
  }
}

async function removeWhatIsLeft(): Promise<void> {
  for (const sandbox of await listSandboxes()) if (sandbox.name === name) await removeSandbox(sandbox);
  await rm(settingsFile, { force: true });
}
