import { availableParallelism, totalmem } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { runProgram } from "../lib/process";
import type { InstalledTool } from "../sandbox/toolchain/tool";

export { interruption } from "../lib/process";

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

/** Runs a task: the one place that prints an error and ends the process. */
export function runTask(task: (args: string[]) => Promise<number>): void {
  void runProgram(() => task(process.argv.slice(2)));
}
