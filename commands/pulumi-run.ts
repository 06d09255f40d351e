import { spawn } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { projectFolder } from "./main";
import type { PulumiEnvironment } from "./pulumi-environment";

/**
 * Runs Pulumi on this terminal.
 *
 * ^C on the terminal reaches Pulumi, but not its providers, which then finish their operation; a file that goes away
 * tells ours to stop and clean up.
 *
 * @returns its exit code
 */
export async function runPulumi(environment: PulumiEnvironment, args: readonly string[]): Promise<number> {
  const running = join(projectFolder, ".pulumi", `running-${process.pid}`);
  await writeFile(running, "");
  const env = { ...environment.env, PLANO_AFFINITY_RUNNING: running };
  const child = spawn(environment.pulumi, args, { cwd: projectFolder, env, stdio: "inherit" });
  const interrupt = (): void => void rm(running, { force: true });
  const end = (): void => {
    interrupt();
    child.kill("SIGINT");
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", end);
  process.on("SIGHUP", end);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => resolve(signal === null ? (code ?? 1) : 130));
    });
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", end);
    process.off("SIGHUP", end);
    await rm(running, { force: true });
  }
}
