import { CommandError } from "../../lib/command";
import { underLock } from "../../lib/lock";
import { cacheDir } from "../../lib/paths";
import type { Progress } from "../../lib/progress";
import { cacheFolder, publish, readCache } from "./cache";
import { fromDebianPackage } from "./sources/debian";
import { fromGoModule, oldestGo } from "./sources/go-module";
import { fromPath } from "./sources/path";
import { fromRelease, isPinned } from "./sources/release";
import { type InstalledTool, type Origin, Refusal, type Tool } from "./tool";
import { type ToolName, tools } from "./tools";

/** The tools of one run, by name. */
export type Toolbox<N extends ToolName = ToolName> = Readonly<Record<N, InstalledTool>>;

const makers = { release: fromRelease, go: fromGoModule, package: fromDebianPackage };

/** How many tools are fetched or built at once: one compiles while the other downloads or links. */
const atOnce = 2;

/**
 * Finds, fetches or builds the named tools, in the order of the sources, and keeps them in the cache. The first that
 * fails ends the making of the others.
 *
 * @throws Error naming the tool, what every source answered, and what to do.
 */
export async function ensureTools<N extends ToolName>(
  names: readonly N[],
  progress: Progress,
  signal?: AbortSignal,
): Promise<Toolbox<N>> {
  const found: Partial<Record<ToolName, InstalledTool>> = {};
  const queue = [...names];
  const failed = new AbortController();
  const either = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const worker = async (): Promise<void> => {
    for (let name = queue.shift(); name !== undefined && !either.aborted; name = queue.shift()) {
      found[name] = await ensureTool(tools[name], progress, either).catch((error: unknown) => {
        failed.abort(error);
        throw error;
      });
    }
  };
  await Promise.allSettled(Array.from({ length: atOnce }, worker));
  either.throwIfAborted();
  return found as Toolbox<N>;
}

/** Looks for a tool where it may already be: on PATH, then in the cache. */
export async function findTool(tool: Tool): Promise<InstalledTool | undefined> {
  try {
    return await fromPath(tool);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return readCache(await cacheFolder(tool));
  }
}

/** Finds, fetches or builds one tool; see {@link ensureTools}. */
export async function ensureTool(tool: Tool, progress: Progress, signal?: AbortSignal): Promise<InstalledTool> {
  const there = await findTool(tool);
  if (there !== undefined) return there;
  return progress.step(`${tool.name} ${tool.version}`, async (detail) => {
    const folder = await cacheFolder(tool);
    // The run that held the lock before us may have made it.
    const work = async (held: AbortSignal) => (await readCache(folder)) ?? (await make(tool, folder, detail, held));
    return underLock(folder, detail, work, signal);
  });
}

async function make(tool: Tool, folder: string, detail: (text: string) => void, signal?: AbortSignal): Promise<InstalledTool> {
  const answers: string[] = [];
  for (const origin of ["release", "go", "package"] as const) {
    try {
      const build = { finalFolder: folder, signal, detail };
      await publish(folder, tool, origin, (temporary) => makers[origin](tool, { folder: temporary, ...build }));
      detail(originWords[origin]);
      const made = await readCache(folder);
      if (made === undefined) throw new Error(`${folder} was changed while ${tool.name} was being made; run again`);
      return made;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Refusal)) throw explain(tool, error);
      answers.push(`${origin}: ${error.message}`);
    }
  }
  const onPath = await fromPath(tool).then(
    () => "it is there now",
    (error: unknown) => (error as Error).message,
  );
  throw new Error(
    `could not find, download or build ${tool.name} ${tool.version} (${tool.purpose}). ${[`path: ${onPath}`, ...answers].join("; ")}.\n` +
      `What helps: ${remedy(tool)}; \`npm run doctor\` shows all that is missing.`,
  );
}

/** How to get a tool, in half a sentence. */
export function remedy(tool: Tool): string {
  const ways = [
    tool.path && `put ${tool.binaries.join(", ")} on PATH`,
    tool.release && "let its official release be downloaded",
    tool.go && `install Go ${oldestGo(tool)} or newer, and it is built`,
    tool.package && `use a Debian-like system, which has the package ${tool.package.debian}`,
  ];
  return ways.filter((it) => it !== undefined).join(", or ");
}

/** How an origin reads in a list of tools. */
export const originWords: Readonly<Record<Origin, string>> = {
  path: "found on PATH",
  release: "official release",
  go: "built from its pinned Go module",
  package: "the distribution's package",
};

/** What a tool from somewhere was checked against, in a few words. */
export function checkedBy(tool: Tool, origin: Origin): string {
  if (origin === "release") return isPinned(tool) ? "SHA-256 in checksums.ts" : "not pinned: TLS only";
  return { path: "yours", go: "go.sum", package: "apt's signatures" }[origin];
}

function explain(tool: Tool, error: unknown): unknown {
  const isCommand = error instanceof CommandError;
  const isFull = /no space left/i.test(isCommand ? error.output : String(error));
  if (!isFull) return isCommand ? new Error(`${tool.name} ${tool.version} could not be built: ${error.message}`) : error;
  return new Error(
    `the disk is full at ${cacheDir()} while ${tool.name} was being made. Nothing half-made was kept; free about 8 GiB and run again.`,
  );
}
