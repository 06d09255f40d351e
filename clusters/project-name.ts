import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { unlessEmpty } from "../lib/paths";

/**
 * The name of a checkout's project, as its `Pulumi.yaml` has it: chosen by whoever ran `pulumi new`.
 * Keys of `Pulumi.<stack>.yaml` begin with it, and so do the names by which clusters know their stack.
 *
 * @returns empty where there is no `Pulumi.yaml`: nothing belongs to such a project
 */
export function projectName(folder: string): string {
  const file = join(folder, "Pulumi.yaml");
  if (!existsSync(file)) return "";
  // The one line: all of the file takes several times as long, and commands wait for it.
  const [, name] = /^name:[ \t]*(.+)$/m.exec(readFileSync(file, "utf8")) ?? [];
  return name === undefined ? "" : String(parse(name));
}

/** The stack of the checkout's commands: `dev`, unless PULUMI_STACK names another. */
export const stackName = (): string => unlessEmpty(process.env.PULUMI_STACK) ?? "dev";
