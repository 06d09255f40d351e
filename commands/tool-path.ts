import { delimiter, dirname } from "node:path";
import type { InstalledTool } from "../sandbox/toolchain/tool";

/** A PATH that finds the programs of tools by name. */
export function pathWith(tools: Readonly<Record<string, InstalledTool>>): string {
  const programs = Object.values(tools).flatMap(({ binaries }) => Object.values(binaries));
  return [...new Set(programs.map((it) => dirname(it))), process.env.PATH ?? ""].join(delimiter);
}
