import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { waitFor, within } from "../../lib/wait";

/** How long a process may take to become ready, and to end, in milliseconds. */
const LIMIT_MS = 30_000;

/** How many of the latest output lines are kept. */
const KEPT_LINES = 2_000;

/** Children that have not ended. One listener for all: there may be many. */
const running = new Set<ChildProcess>();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));

export interface ProcessOptions<T> {
  /** What it is, for error messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Written to standard input, which is then closed. */
  readonly stdin?: string;
  /** Looks at each output line; the first result that is not `undefined` means that the process is ready. */
  readonly ready: (line: string) => T | undefined;
}

/** A child process that is ready. Disposing of it kills it. */
export class StartedProcess<T> implements AsyncDisposable {
  private constructor(
    readonly child: ChildProcess,
    readonly name: string,
    private readonly lines: readonly string[],
    /** What the option `ready` returned. */
    readonly ready: T,
  ) {}

  /** @throws Error with the process' output when it ends or thirty seconds pass before it is ready */
  static async start<T>(options: ProcessOptions<T>): Promise<StartedProcess<T>> {
    const { name, command, args, env = process.env, stdin } = options;
    const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "pipe"] });
    running.add(child);
    child.once("close", () => running.delete(child));
    child.stdin.end(stdin);

    const lines: string[] = [];
    const readiness = new Promise<T>((resolve, reject) => {
      child.once("error", (error) => reject(new Error(`did not start: ${error.message}`)));
      child.once("close", (code, signal) => reject(new Error(`ended with ${signal ?? `status ${code}`} before it was ready`)));
      let result: T | undefined;
      const onLine = (line: string): void => {
        lines.push(line);
        if (lines.length > KEPT_LINES) lines.shift();
        result ??= options.ready(line);
        if (result !== undefined) resolve(result);
      };
      for (const input of [child.stdout, child.stderr]) createInterface({ input }).on("line", onLine);
    });
    try {
      const tooLate = () => new Error(`was not ready within ${LIMIT_MS / 1000} s`);
      return new StartedProcess(child, name, lines, await within(LIMIT_MS, undefined, () => readiness, tooLate));
    } catch (error) {
      child.kill("SIGKILL");
      throw new Error(`${name} ${(error as Error).message}; its output was:\n${lines.join("\n")}`);
    }
  }

  get pid(): number {
    const { pid } = this.child;
    if (pid === undefined) throw new Error(`${this.name} did not start`);
    return pid;
  }

  /** The latest lines of standard output and standard error. */
  output(): string {
    return this.lines.join("\n");
  }

  /** @throws Error with the latest output when no line matches within thirty seconds */
  async printed(pattern: RegExp): Promise<void> {
    await waitFor({ subject: `${pattern} of ${this.name}`, limitMs: LIMIT_MS, intervalMs: 20 }, () => {
      if (!this.lines.some((line) => pattern.test(line)))
        throw new Error(`its latest lines:\n${this.lines.slice(-20).join("\n")}`);
      return true;
    });
  }

  /**
   * Sends a signal and waits for the end.
   *
   * @returns the exit status, or the signal that ended it
   * @throws Error when it is still there after thirty seconds
   */
  async stop(signal: NodeJS.Signals = "SIGKILL"): Promise<number | NodeJS.Signals | null> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "close");
      child.kill(signal);
      const tooLate = () => new Error(`${this.name} did not end within ${LIMIT_MS / 1000} s of ${signal}:\n${this.output()}`);
      await within(LIMIT_MS, undefined, () => ended, tooLate);
    }
    return child.exitCode ?? child.signalCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
