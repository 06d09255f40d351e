import { basename } from "node:path";
import { run } from "../../lib/command";

/** Folders that the dynamic loader searches by itself. */
const standardFolder = /^\/(usr\/)?lib(64|32)?(\/|$)/;

/**
 * The shared libraries that a program loads, and its loader: path in an image → path here. Empty for a static one.
 */
export async function sharedLibraries(program: string, libraryFolders: readonly string[]): Promise<Record<string, string>> {
  const search = [...libraryFolders, process.env.LD_LIBRARY_PATH ?? ""].filter((it) => it !== "").join(":");
  // ldd exits with 1 for a static program, saying so.
  const text = await run("sh", ["-c", 'ldd "$1" 2>&1 || :', "ldd", program], {
    env: { ...process.env, LD_LIBRARY_PATH: search },
  });
  const found: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const missing = /^\s*(\S+) => not found/.exec(line)?.[1];
    if (missing !== undefined) throw new Error(`${program} needs the shared library ${missing}, which is not on this machine`);
    const path = /^\s*(?:.* => )?(\/.+) \(0x/.exec(line)?.[1];
    if (path === undefined) continue;
    found[standardFolder.test(path) ? path : `/usr/lib/${basename(path)}`] = path;
  }
  return found;
}
