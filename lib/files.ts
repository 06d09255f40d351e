import { randomBytes } from "node:crypto";
import { chmod, link, mkdtemp, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface WriteOptions {
  /** Default: that of the file that is replaced, else 0666 less the umask. */
  readonly mode?: number;
  /** Fails with EEXIST where there is a file already. Default false: it is replaced. */
  readonly exclusive?: boolean;
}

/**
 * Writes a file whole or not at all: beside it, under another name, which it gives up when every byte is written.
 * Follows links, and writes straight into what is no regular file, such as a pipe.
 *
 * @throws Error of the file system, with its code
 */
export async function writeWhole(
  file: string,
  content: string | Uint8Array | Iterable<string> | AsyncIterable<string | Uint8Array>,
  options: WriteOptions = {},
): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const before = await stat(target).catch(() => undefined);
  if (before?.isFile() === false) return writeFile(target, content);
  const part = `${target}.${randomBytes(6).toString("hex")}.part`;
  const mode = options.mode ?? (before === undefined ? undefined : before.mode & 0o777);
  try {
    await writeFile(part, content, { flag: "wx", mode });
    if (mode !== undefined) await chmod(part, mode);
    await (options.exclusive === true ? link(part, target) : rename(part, target));
  } finally {
    // Left where it was not renamed.
    await rm(part, { force: true });
  }
}

/** Makes an empty folder that goes, with all that is in it by then, when it is disposed of. */
export async function temporaryFolder(prefix: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
