import { type CommandOptions, run } from "../../sandbox/common/command";
import type { Progress } from "../../sandbox/common/progress";
import { ensureTools } from "../../sandbox/toolchain/ensure";

/** Runs kind with arguments; what it prints on standard output. */
export type Kind = (args: readonly string[], options?: Omit<CommandOptions, "env" | "cwd">) => Promise<string>;

/** kind from PATH, else its release, else built from its Go module. */
export async function findKind(progress: Progress, signal?: AbortSignal): Promise<Kind> {
  const { kind } = await ensureTools(["kind"], progress, signal);
  const env = { ...process.env };
  // Images are built in Docker, so that the nodes must be there too; names are always given.
  delete env.KIND_EXPERIMENTAL_PROVIDER;
  delete env.KIND_CLUSTER_NAME;
  return (args, options) => run(kind.binaries["kind"] ?? "kind", args, { ...options, env });
}
