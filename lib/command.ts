import { spawn, type SpawnOptions } from "node:child_process";
import type { Readable } from "node:stream";

/** How a command is run. */
export interface CommandOptions {
  /** Its standard input; default: empty. */
  readonly input?: string;
  readonly cwd?: string;
  /** The whole environment; default: this process's own. */
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the command with SIGTERM, and after five seconds with SIGKILL. */
  readonly signal?: AbortSignal;
  /** Called with every line that the command prints, on either stream. */
  readonly onLine?: (line: string) => void;
}

/** A command that could not be started or did not exit with 0: what to paste, and what it said. */
export class CommandError extends Error {
  override readonly name = "CommandError";

  constructor(
    readonly commandLine: string,
    readonly exitCode: number | null,
    readonly output: string,
    why?: string,
  ) {
    const last = output.trim().split("\n").slice(-4).join("\n  ");
    super(`\`${commandLine}\` ${why ?? `exited with ${exitCode ?? "a signal"}`}${last === "" ? "" : `:\n  ${last}`}`);
  }
}

const outputLimit = 256 * 1024;

/**
 * Runs a command to its end and returns what it printed on standard output.
 *
 * @throws CommandError when it cannot be started, exits with anything but 0, or was ended by `options.signal`.
 */
export async function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const commandLine = [command, ...args].map(quote).join(" ");
  const spawnOptions: SpawnOptions = {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    // A group of its own: ^C on the terminal is for us to pass on, once, in our own order.
    detached: true,
  };
  options.signal?.throwIfAborted();
  const child = spawn(command, args, spawnOptions);
  // A command that ends without reading it all says so by its exit code.
  child.stdin?.on("error", () => undefined).end(options.input);
  const stdout = collect(child.stdout, options.onLine);
  const stderr = collect(child.stderr, options.onLine);
  const stop = (): void => endGroup(child.pid);
  options.signal?.addEventListener("abort", stop, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", (error: NodeJS.ErrnoException) =>
        reject(new CommandError(commandLine, null, "", error.code === "ENOENT" ? "is not installed" : error.message)),
      );
      child.once("close", resolve);
    });
    if (options.signal?.aborted) throw new CommandError(commandLine, code, "", "was interrupted");
    if (code !== 0) throw new CommandError(commandLine, code, stderr() + (stderr() === "" ? stdout() : ""));
    return stdout();
  } finally {
    options.signal?.removeEventListener("abort", stop);
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  const kill = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is gone already, which is what was asked for.
    }
  };
  kill("SIGTERM");
  setTimeout(() => kill("SIGKILL"), 5_000).unref();
}

function collect(stream: Readable | null, onLine?: (line: string) => void): () => string {
  let text = "";
  let rest = "";
  stream?.setEncoding("utf8").on("data", (chunk: string) => {
    text = (text + chunk).slice(-outputLimit);
    if (onLine === undefined) return;
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(onLine);
  });
  stream?.once("end", () => rest !== "" && onLine?.(rest));
  return () => text;
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
