import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

/** A process that has run to its end. */
export interface Finished {
  /** From before it was started to its end. */
  readonly seconds: number;
  /** User and system time of the process itself. */
  readonly cpuSeconds: number;
  /** The most memory that it held at one time (resident set). */
  readonly peakMib: number;
  readonly stdout: string;
}

/** A compiled program and its arguments. */
export interface Command {
  /** What it is, for error messages. */
  readonly name: string;
  /** The file that Node.js runs. */
  readonly program: string;
  readonly args: readonly string[];
  /** How it must end. Default 0. */
  readonly exitCode?: number;
}

/** Longest time of one process, in seconds. */
const limitSeconds = 900;

/**
 * Runs a program as a process of its own and measures it from outside.
 *
 * @throws Error with its output when it does not end with its exit code in time
 */
export async function runProcess({ name, program, args, exitCode = 0 }: Command, signal: AbortSignal): Promise<Finished> {
  const folder = await mkdtemp(join(tmpdir(), "plano-affinity-bench-"));
  const usage = join(folder, "usage.json");
  try {
    const limit = AbortSignal.timeout(limitSeconds * 1000);
    const since = performance.now();
    const child = spawn(process.execPath, ["--require", join(__dirname, "usage.cjs"), program, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], PLANO_AFFINITY_BENCH_USAGE: usage },
      signal: AbortSignal.any([signal, limit]),
    });
    const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", (error) =>
        reject(limit.aborted ? new Error(`${name} (${args.join(" ")}) did not end within ${limitSeconds} s`) : error),
      );
      child.once("close", resolve);
    });
    const seconds = (performance.now() - since) / 1000;
    if (code !== exitCode) throw new Error(`${name} exited with ${code ?? "a signal"}:\n${stderr()}${stdout()}`);
    const { peakKib, cpuMs } = JSON.parse(await readFile(usage, "utf8")) as { peakKib: number; cpuMs: number };
    return { seconds, cpuSeconds: cpuMs / 1000, peakMib: peakKib / 1024, stdout: stdout() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs the commands in turn, A B A B …, so that a change in the machine's speed meets all of them alike. */
export async function runInTurn<K extends string>(
  commands: Readonly<Record<K, Command>>,
  runs: number,
  signal: AbortSignal,
): Promise<Record<K, readonly Finished[]>> {
  const names = Object.keys(commands) as K[];
  const finished = Object.fromEntries(names.map((name) => [name, [] as Finished[]])) as Record<K, Finished[]>;
  for (let run = 0; run < runs; run++) {
    for (const name of names) finished[name].push(await runProcess(commands[name], signal));
  }
  return finished;
}

function textOf(stream: Readable): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  return () => text;
}
