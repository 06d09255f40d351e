import { randomBytes } from "node:crypto";
import { closeSync, constants, createReadStream, openSync, readFileSync, readSync } from "node:fs";
import { access, chmod, link, mkdtemp, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface WriteOptions {
  /** Default: that of the file that is replaced, else 0666 less the umask. */
  readonly mode?: number;
  /** Fails with EEXIST where there is a file already. Default false: it is replaced. */
  readonly exclusive?: boolean;
}

/**
 * Writes a file whole or not at all: beside it, under another name, which it gives up when every byte is on the disk.
 * Follows links, and writes straight into what cannot be replaced: what is no regular file, such as a pipe, a file that is
 * mounted by itself, and one in a folder that takes no new ones.
 *
 * @throws Error that names the file, with the file system's code
 */
export async function writeWhole(
  file: string,
  content: string | Uint8Array | Iterable<string> | AsyncIterable<string | Uint8Array>,
  options: WriteOptions = {},
): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const before = await stat(target).catch(() => undefined);
  const refused = await access(dirname(target), constants.W_OK).catch((error: unknown) => error);
  const part = `${target}.${randomBytes(6).toString("hex")}.part`;
  const mode = options.mode ?? (before === undefined ? undefined : before.mode & 0o777);
  try {
    if (options.exclusive !== true && before !== undefined && (!before.isFile() || refused !== undefined))
      return await writeFile(target, content);
    await writeFile(part, content, { flag: "wx", mode, flush: true });
    if (mode !== undefined) await chmod(part, mode);
    if (options.exclusive === true) await link(part, target);
    else await rename(part, target).catch(() => writeFile(target, createReadStream(part)));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw Object.assign(new Error(`${file} could not be written: ${message}`, { cause: error }), { code });
  } finally {
    // Left where it was not renamed.
    await rm(part, { force: true });
  }
}

/** Reads a text file or a pipe. @throws Error of the file system, or that names the file where it is too large or a folder */
export function readAtMost(mostKiB: number, file: string): string {
  const descriptor = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(mostKiB * 1024 + 1);
    let length = 0;
    for (let read = -1; read !== 0; length += read) read = readSync(descriptor, bytes, length, bytes.length - length, null);
    if (length === bytes.length) throw new Error(`${file} has more than ${mostKiB} KiB`);
    return bytes.toString("utf8", 0, length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EISDIR") throw new Error(`${file} is a directory`, { cause: error });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** Reads an object from a file of JSON. @throws Error that names it, with what to do, when it cannot be read or is not whole */
export function readJson(file: string, remedy = ""): unknown {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof value === "object" && value !== null) return value;
    throw new Error("it holds no object");
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}${remedy}`, { cause: error });
  }
}

/** The same for what may be lost: undefined where it is. */
export function readRecord<T>(file: string): T | undefined {
  try {
    return readJson(file) as T;
  } catch {
    return undefined;
  }
}

/** Makes an empty folder that goes, with all that is in it by then, when it is disposed of. */
export async function temporaryFolder(prefix: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
