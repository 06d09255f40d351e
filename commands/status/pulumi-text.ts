import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Longest output, in bytes: the output `affinity` lists every session. */
const outputLimit = 64 * 1024 * 1024;

/**
 * Runs Pulumi for what it prints.
 * @throws Error with what it said on standard error, in one line
 */
export async function pulumiText(
  { pulumi, env, folder }: { readonly pulumi: string; readonly env: NodeJS.ProcessEnv; readonly folder: string },
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  try {
    return (await execute(pulumi, [...args, "--non-interactive"], { cwd: folder, env, maxBuffer: outputLimit, signal })).stdout;
  } catch (error) {
    // What it printed on standard output may be secret.
    const { stderr = "", code } = error as { readonly stderr?: string; readonly code?: unknown };
    throw new Error(stderr.trim() === "" ? `pulumi ${args.slice(0, 2).join(" ")} ended with ${String(code)}` : stderr.trim());
  }
}
