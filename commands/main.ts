import { availableParallelism, totalmem } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { InstalledTool } from "../sandbox/toolchain/tool";

/** The checkout. */
export const projectFolder = join(__dirname, "..");

/** This machine in general words, for what is measured on it. */
export function machine(): string {
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${availableParallelism()} cores, ${memory} GiB of memory, Node.js ${process.versions.node.split(".")[0]}, ${process.platform}`;
}

/** A PATH that finds the programs of tools by name. */
export function pathWith(tools: Readonly<Record<string, InstalledTool>>): string {
  const programs = Object.values(tools).flatMap(({ binaries }) => Object.values(binaries));
  return [...new Set(programs.map((it) => dirname(it))), process.env.PATH ?? ""].join(delimiter);
}

/** An error whose message says all that the user needs. */
export class UserError extends Error {
  override readonly name = "UserError";
}

/** Runs a task: the one place that prints an error and sets the exit code. */
export function runTask(task: (args: string[]) => Promise<number>): void {
  // Without its terminal or pipe a task still has to clean up.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
    });
  }
  task(process.argv.slice(2)).then(
    (code) => (process.exitCode = code),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    },
  );
}

/**
 * Aborts on ^C, on SIGTERM and when the terminal is closed. A second ^C ends the process at once; the others often come
 * twice, to the whole process group and from the parent.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort(new Error("interrupted"));
  process.once("SIGINT", abort);
  process.on("SIGTERM", abort);
  process.on("SIGHUP", abort);
  return controller.signal;
}
