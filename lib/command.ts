import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
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
  /** Longest time that it may take, in milliseconds; it is ended as by `signal`. Default: no limit. */
  readonly limitMs?: number;
  /** Whether it ends, with all that it started, when this process is killed. Default: it goes on. */
  readonly tied?: boolean;
  /** Whether its standard output must not be in an error. Default: it is, where standard error is empty. */
  readonly isSecret?: boolean;
  /** Called with every line that the command prints, on either stream. */
  readonly onLine?: (line: string) => void;
}

/** A command that could not be started or did not exit with 0: the line to paste, and what it printed. */
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

/** Longest standard output, in characters: whoever reads it gets all of it or an error. */
const outputLimit = 64 * 1024 * 1024;
/** How much is kept of standard error, which only goes into messages, in characters. */
const errorsLimit = 256 * 1024;

/**
 * Runs a command to its end and returns what it printed on standard output, whole.
 *
 * @throws CommandError when it cannot be started, exits with anything but 0, took too long, printed too much, or was
 * ended by `options.signal`
 */
export async function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { signal, limitMs, onLine } = options;
  const commandLine = [command, ...args].map(quote).join(" ");
  signal?.throwIfAborted();
  const [program, words] = options.tied === true ? ["/bin/sh", ["-c", tie, command, ...args]] : [command, args];
  const child = spawn(program, words, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe", options.tied === true ? "pipe" : "ignore"],
    // A group of its own: ^C on the terminal is for us to pass on, once, in our own order.
    detached: true,
  });
  child.once("exit", () => child.stdio[3]?.destroy());
  let why: string | undefined;
  const end = (reason: string): void => {
    why ??= reason;
    endGroup(child.pid);
  };
  // A command that ends without reading it all says so by its exit code.
  child.stdin?.on("error", () => undefined).end(options.input);
  let stdout = "";
  let stderr = "";
  collect(child.stdout, onLine, (chunk) => {
    if (stdout.length + chunk.length > outputLimit) end(`printed more than ${outputLimit / 1024 / 1024} MiB`);
    else stdout += chunk;
  });
  collect(child.stderr, onLine, (chunk) => (stderr = (stderr + chunk).slice(-errorsLimit)));
  const stop = (): void => end("was interrupted");
  signal?.addEventListener("abort", stop, { once: true });
  const limit = limitMs === undefined ? undefined : setTimeout(() => end(`was not done after ${limitMs / 1000} s`), limitMs);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", (error: NodeJS.ErrnoException) =>
        reject(new CommandError(commandLine, null, "", error.code === "ENOENT" ? "is not installed" : error.message)),
      );
      child.once("close", resolve);
    });
    if (code !== 0 || why !== undefined)
      throw new CommandError(commandLine, code, stderr === "" && options.isSecret !== true ? stdout : stderr, why);
    return stdout;
  } finally {
    clearTimeout(limit);
    signal?.removeEventListener("abort", stop);
  }
}

/** Runs a command beside a shell that waits for the end of a pipe, whose other end only we hold, and then ends their group. */
const tie = '(read -r _ <&3; kill -TERM 0) >/dev/null 2>&1 & exec "$0" "$@" 3<&-';

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

function collect(stream: Readable | null, onLine: ((line: string) => void) | undefined, keep: (chunk: string) => void): void {
  stream?.setEncoding("utf8").on("data", keep);
  if (stream !== null && onLine !== undefined) createInterface({ input: stream }).on("line", onLine);
}

/** A word as a shell takes it. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
