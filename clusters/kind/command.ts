import { type CommandOptions, run } from "../../lib/command";
import type { Progress } from "../../lib/progress";
import { ensureTools, findTool } from "../../sandbox/toolchain/ensure";
import { tools } from "../../sandbox/toolchain/tools";

/** Runs kind with arguments; what it prints on standard output. */
export type Kind = (args: readonly string[], options?: Omit<CommandOptions, "env" | "cwd" | "tied">) => Promise<string>;

/** kind from PATH, else its release, else built from its Go module. */
export async function findKind(progress: Progress, signal?: AbortSignal): Promise<Kind> {
  const { kind } = await ensureTools(["kind"], progress, signal);
  const env = { ...process.env };
  // Images are built in Docker, so that the nodes must be there too; names are always given.
  delete env.KIND_EXPERIMENTAL_PROVIDER;
  delete env.KIND_CLUSTER_NAME;
  return (args, options) => run(kind.binaries["kind"] ?? "kind", args, { ...options, env, tied: true });
}

/** How people call kind: one that was fetched or built is not on their PATH. */
export async function kindForPeople(): Promise<string> {
  const found = await findTool(tools.kind);
  return found === undefined || found.origin === "path" ? "kind" : (found.binaries["kind"] ?? "kind");
}
