import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import type { FakeDeployment } from "./fake-deployment";

export interface RunningCli {
  readonly child: ChildProcess;
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly stdout: string;
    readonly stderr: string;
  }>;
}

const compiled = process.env.PLANO_AFFINITY_PROGRAM;
const sources = compiled === undefined ? ["--require", "tsx/cjs", resolve("verify/cli.ts")] : [compiled];

/**
 * Runs the command line as a process of its own: from the sources, or another program.
 * @param script what a shell does with the command: `exec "$@" > file`
 */
export function startCli(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  program = sources,
  script = 'exec "$@"',
): RunningCli {
  const child = spawn("/bin/sh", ["-c", script, "sh", process.execPath, ...program, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => (output[name] += text));
  const ended = once(child, "close").then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    ...output,
  }));
  return { child, ended };
}

/** The options that name a fake deployment's replicas, and prompts that these tell apart. */
export function cliTarget({ replicas }: FakeDeployment): string[] {
  const named = replicas.flatMap(({ name, url }) => ["--replica", `${name}=${url}`]);
  return [...named, "--prompts", "test/integration/verify/prompts.txt"];
}
